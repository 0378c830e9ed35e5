/**
 * A server of TLS 1.2 with one suite, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 5246, RFC 5288, RFC 8422), that goes to the end of the
 * handshake and tells one lie on the way. Whoever gets on all the same is given a page.
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import net from 'node:net';
import { type ClientHello, HelloReader } from './client-hello.js';
import { HANDSHAKE_FAILURE, Misbehaved, PROTOCOL_VERSION, UNEXPECTED_MESSAGE } from './misbehaved.js';
import { type Record, RecordReader } from './record-reader.js';
import { Reader } from './reader.js';
import { alert, APPLICATION_DATA, CHANGE_CIPHER_SPEC, extension, handshake, HANDSHAKE, number, records, vector } from './writer.js';

/**
 * SIGNATURE: by another key than the certificate's. FINISHED: another hash. RECORD: a bit of the Finished's record is turned.
 * NO_RENEGOTIATION_INFO: silent where RFC 5746 3.6 has it speak.
 */
export type Lie = 'SIGNATURE' | 'FINISHED' | 'RECORD' | 'NO_RENEGOTIATION_INFO';

/** `chain`: DER, leaf first, with a P-256 key. */
export type LyingServer = { readonly lie: Lie; readonly chain: readonly Uint8Array[]; readonly key: KeyObject };

const SUITE = 0xc02b;
const TLS12 = 0x0303;
const DECRYPT_ERROR = 51;
const PAGE = Buffer.from(
  ['HTTP/1.1 200 OK', 'Strict-Transport-Security: max-age=63072000', 'Content-Length: 5', 'Connection: close', '', 'fine\n'].join('\r\n'),
);

export function makeLyingTls12(settings: LyingServer): net.Server {
  return net.createServer((socket) => {
    socket.on('error', () => {});
    const hellos = new HelloReader();
    const reader = new RecordReader();
    let connection: Connection | undefined;
    socket.on('data', (bytes: Buffer) => {
      try {
        if (connection) for (const record of reader.take(bytes)) socket.write(connection.take(record));
        else {
          const hello = hellos.take(bytes);
          if (!hello) return;
          connection = new Connection(settings, hello);
          socket.write(connection.flight());
        }
      } catch (error) {
        if (!(error instanceof Misbehaved)) throw error;
        socket.end(alert(error.alert));
      }
    });
  });
}

class Connection {
  readonly #random = randomBytes(32);
  readonly #share = createECDH('prime256v1');
  #transcript: Buffer;
  #master: Buffer = Buffer.alloc(0);
  #changed = false;
  #server: Keys | undefined;

  constructor(
    private readonly settings: LyingServer,
    private readonly hello: ClientHello,
  ) {
    if (hello.version < TLS12) throw new Misbehaved(PROTOCOL_VERSION, 'TLS 1.2 only');
    if (!hello.suites.includes(SUITE) || !hello.groups.includes(23)) throw new Misbehaved(HANDSHAKE_FAILURE, 'one suite, one group');
    this.#transcript = Buffer.from(hello.message);
  }

  flight(): Buffer {
    const { chain, lie, key } = this.settings;
    const asked = this.hello.suites.includes(0x00ff) || this.hello.extensions.includes(0xff01);
    const renegotiation = asked && lie !== 'NO_RENEGOTIATION_INFO' ? [vector(2, extension(0xff01, Buffer.of(0)))] : [];
    const parameters = Buffer.concat([Buffer.of(3), number(23, 2), vector(1, this.#share.generateKeys())]);
    const signer = lie === 'SIGNATURE' ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey : key;
    const signature = sign('sha256', Buffer.concat([this.hello.random, this.#random, parameters]), signer);
    const messages = Buffer.concat([
      handshake(2, number(TLS12, 2), this.#random, vector(1), number(SUITE, 2), Buffer.of(0), ...renegotiation),
      handshake(11, vector(3, ...chain.map((der) => vector(3, der)))),
      handshake(12, parameters, number(0x0403, 2), vector(2, signature)),
      handshake(14),
    ]);
    this.#transcript = Buffer.concat([this.#transcript, messages]);
    return records(HANDSHAKE, TLS12, messages);
  }

  take({ type, content }: Record): Buffer {
    if (this.#server)
      return type === APPLICATION_DATA ? records(APPLICATION_DATA, TLS12, seal(PAGE, this.#server, APPLICATION_DATA, 1)) : Buffer.alloc(0);
    if (type === CHANGE_CIPHER_SPEC) {
      this.#changed = true;
      return Buffer.alloc(0);
    }
    if (type !== HANDSHAKE) throw new Misbehaved(UNEXPECTED_MESSAGE, `a record of type ${type}`);
    return this.#changed ? this.#finish(content) : this.#agree(content);
  }

  /** ClientKeyExchange (RFC 8422 5.7). */
  #agree(message: Buffer): Buffer {
    if (message[0] !== 16) throw new Misbehaved(UNEXPECTED_MESSAGE, 'no ClientKeyExchange');
    const body = new Reader(message.subarray(4)).vector(1).rest();
    this.#transcript = Buffer.concat([this.#transcript, message]);
    this.#master = prf(this.#share.computeSecret(body), 'master secret', Buffer.concat([this.hello.random, this.#random]), 48);
    return Buffer.alloc(0);
  }

  #finish(sealed: Buffer): Buffer {
    const keys = prf(this.#master, 'key expansion', Buffer.concat([this.#random, this.hello.random]), 40);
    const client = { key: keys.subarray(0, 16), salt: keys.subarray(32, 36) };
    const server = { key: keys.subarray(16, 32), salt: keys.subarray(36, 40) };
    const finished = open(sealed, client);
    const expected = handshake(20, prf(this.#master, 'client finished', sha256(this.#transcript), 12));
    if (!finished.equals(expected)) throw new Misbehaved(DECRYPT_ERROR, 'a Finished that is not right');
    this.#transcript = Buffer.concat([this.#transcript, finished]);
    const verify = this.settings.lie === 'FINISHED' ? randomBytes(12) : prf(this.#master, 'server finished', sha256(this.#transcript), 12);
    const record = seal(handshake(20, verify), server, HANDSHAKE, 0);
    if (this.settings.lie === 'RECORD') record[record.length - 1]! ^= 1;
    this.#server = server;
    return Buffer.concat([records(CHANGE_CIPHER_SPEC, TLS12, Buffer.of(1)), records(HANDSHAKE, TLS12, record)]);
  }
}

type Keys = { readonly key: Buffer; readonly salt: Buffer };

/** RFC 5288 3, RFC 5246 6.2.3.3. */
const additional = (type: number, sequence: number, length: number): Buffer =>
  Buffer.concat([Buffer.alloc(7), Buffer.of(sequence, type), number(TLS12, 2), number(length, 2)]);

function seal(content: Uint8Array, { key, salt }: Keys, type: number, sequence: number): Buffer {
  const nonce = randomBytes(8);
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([salt, nonce])).setAAD(additional(type, sequence, content.length));
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** The first record of the client. */
function open(sealed: Buffer, { key, salt }: Keys): Buffer {
  const content = sealed.subarray(8, -16);
  const cipher = createDecipheriv('aes-128-gcm', key, Buffer.concat([salt, sealed.subarray(0, 8)]));
  cipher.setAAD(additional(HANDSHAKE, 0, content.length)).setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([cipher.update(content), cipher.final()]);
  } catch {
    throw new Misbehaved(20, 'a record that does not hold (bad_record_mac)');
  }
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const hmac = (key: Buffer, ...parts: readonly Buffer[]): Buffer =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest();

/** RFC 5246 5, with SHA-256. */
function prf(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label), seed]);
  const parts: Buffer[] = [];
  for (let a = hmac(secret, labelled); parts.length * 32 < length; a = hmac(secret, a)) parts.push(hmac(secret, a, labelled));
  return Buffer.concat(parts).subarray(0, length);
}
