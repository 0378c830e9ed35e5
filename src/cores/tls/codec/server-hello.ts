/** ServerHello and HelloRetryRequest (RFC 8446 4.1.3 and 4.1.4; RFC 5246 7.4.1.3). */
import { ByteReader } from './byte-reader.js';

export type ServerHello = {
  /** As chosen: from `supported_versions` in TLS 1.3, else the legacy field. */
  readonly version: number;
  readonly cipherSuite: number;
  /** From `key_share`, TLS 1.3 only. In a HelloRetryRequest the group that the server wants. */
  readonly group?: number;
  /** The server asks for another ClientHello, with a key share of `group`. */
  readonly helloRetryRequest: boolean;
};

const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;
/** SHA-256 of "HelloRetryRequest" in the place of the random says that it is one. */
const HELLO_RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** Undefined for a body that is not a ServerHello. */
export function parseServerHello(body: Uint8Array): ServerHello | undefined {
  const hello = new ByteReader(body);
  const legacyVersion = hello.uint(2);
  const random = Buffer.from(hello.take(32)).toString('hex');
  hello.vector(1); // session id
  const cipherSuite = hello.uint(2);
  hello.uint(1); // compression
  let version = legacyVersion;
  let group: number | undefined;
  // A TLS 1.2 server without extensions leaves the whole block out.
  const extensions = new ByteReader(hello.done ? new Uint8Array() : hello.vector(2));
  while (!extensions.done) {
    const type = extensions.uint(2);
    const content = new ByteReader(extensions.vector(2));
    if (type === SUPPORTED_VERSIONS) version = content.uint(2);
    if (type === KEY_SHARE) group = content.uint(2);
    if (content.failed) return undefined;
  }
  if (hello.failed || extensions.failed) return undefined;
  return { version, cipherSuite, group, helloRetryRequest: random === HELLO_RETRY_RANDOM };
}
