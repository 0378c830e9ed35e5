/** The one thing that has to be known of a ClientHello (RFC 8446 4.1.2) before a certificate can be chosen: the name that it asks for (RFC 6066 3). */
import { ByteReader } from '../../../../cores/tls/codec/byte-reader.js';
import { HandshakeReader } from '../../../../cores/tls/codec/handshake.js';
import { CONTENT_TYPE, RecordReader } from '../../../../cores/tls/codec/record.js';

const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

/** Fed with a connection's first bytes until it is `complete`: the hello is whole, or there is none to come. */
export class ClientHelloReader {
  readonly #records = new RecordReader();
  readonly #messages = new HandshakeReader();
  #complete = false;
  #serverName: string | undefined;

  get complete(): boolean {
    return this.#complete;
  }

  /** As sent; undefined where none was, or nothing that could be read. Whether it is a hello at all is for OpenSSL to judge. */
  get serverName(): string | undefined {
    return this.#serverName;
  }

  push(bytes: Uint8Array): void {
    for (const { type, fragment } of this.#records.push(bytes)) {
      const [first] = type === CONTENT_TYPE.HANDSHAKE ? this.#messages.push(fragment) : [];
      if (this.#complete) return;
      if (first?.type === CLIENT_HELLO) this.#serverName = parseServerNameOf(first.body);
      if (first !== undefined || type !== CONTENT_TYPE.HANDSHAKE) this.#complete = true;
    }
    if (this.#records.broken || this.#messages.broken) this.#complete = true;
  }
}

function parseServerNameOf(body: Uint8Array): string | undefined {
  const hello = new ByteReader(body);
  hello.take(2 + 32); // legacy version, random
  hello.vector(1); // session id
  hello.vector(2); // cipher suites
  hello.vector(1); // compression methods
  const extensions = new ByteReader(hello.vector(2));
  while (!extensions.done) {
    const type = extensions.uint(2);
    const content = new ByteReader(extensions.vector(2));
    if (type === SERVER_NAME) return parseHostName(new ByteReader(content.vector(2)));
  }
  return undefined;
}

function parseHostName(list: ByteReader): string | undefined {
  const type = list.uint(1);
  const name = list.vector(2);
  return list.failed || type !== HOST_NAME ? undefined : Buffer.from(name).toString('latin1');
}
