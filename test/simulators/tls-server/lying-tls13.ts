/**
 * A server of TLS 1.3 with one suite and one group, TLS_AES_128_GCM_SHA256 and x25519 (RFC 8446 2, 4.4, 7.1), that sends its whole flight and
 * tells one lie in it, or none.
 */
import {
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import net from 'node:net';
import { type ClientHello, HelloReader } from './client-hello.js';
import type { LyingServer } from './lying-tls12.js';
import { HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, Misbehaved, PROTOCOL_VERSION } from './misbehaved.js';
import { alert, APPLICATION_DATA, CHANGE_CIPHER_SPEC, extension, handshake, HANDSHAKE, number, records, vector } from './writer.js';

/** As in TLS 1.2, and: SUITE: one that the client did not offer. RETRIES: a HelloRetryRequest to every ClientHello (4.1.4 allows one). */
export type Lie13 = LyingServer['lie'] | 'SUITE' | 'RETRIES';
type LyingServer13 = Omit<LyingServer, 'lie'> & { readonly lie: Lie13 };

const TLS12 = 0x0303;
const TLS13 = 0x0304;
const SUITE = 0x1301;
/** IANA has given it to nobody. */
const NOBODYS_SUITE = 0x13ff;
const X25519 = 29;
/** RFC 8446 4.1.3. */
const RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

export function makeLyingTls13(settings: LyingServer13): net.Server {
  return net.createServer((socket) => {
    socket.on('error', () => {});
    const connection = new Connection(settings);
    socket.on('data', (bytes: Buffer) => {
      try {
        socket.write(connection.take(bytes));
      } catch (error) {
        if (!(error instanceof Misbehaved)) throw error;
        socket.end(alert(error.alert));
      }
    });
  });
}

class Connection {
  #reader = new HelloReader();
  #transcript = Buffer.alloc(0);
  #answered = false;

  constructor(private readonly settings: LyingServer13) {}

  take(bytes: Buffer): Buffer {
    if (this.#answered) return Buffer.alloc(0);
    // A client changes its cipher spec for the sake of middleboxes, before a second hello (D.4).
    const hello = this.#reader.take(bytes[0] === CHANGE_CIPHER_SPEC ? bytes.subarray(6) : bytes);
    if (!hello) return Buffer.alloc(0);
    this.#reader = new HelloReader();
    this.#transcript = Buffer.concat([this.#transcript, hello.message]);
    const { lie } = this.settings;
    if (!hello.versions.includes(TLS13)) throw new Misbehaved(PROTOCOL_VERSION, 'TLS 1.3 only');
    if (!hello.suites.includes(SUITE) || !hello.groups.includes(X25519)) throw new Misbehaved(HANDSHAKE_FAILURE, 'one suite, one group');
    const group = lie === 'RETRIES' ? (hello.groups.find((each) => !hello.keyShares.has(each)) ?? X25519) : X25519;
    if (lie === 'RETRIES' || !hello.keyShares.has(X25519)) return this.#retry(hello, group);
    this.#answered = true;
    return flight(hello, this.#transcript, this.settings);
  }

  #retry(hello: ClientHello, group: number): Buffer {
    const request = serverHello(hello, RETRY, SUITE, number(group, 2));
    // RFC 8446 4.4.1.
    this.#transcript = Buffer.concat([handshake(254, sha256(this.#transcript)), request]);
    return records(HANDSHAKE, TLS12, request);
  }
}

function serverHello(hello: ClientHello, random: Buffer, suite: number, share: Buffer): Buffer {
  const extensions = vector(2, extension(43, number(TLS13, 2)), extension(51, share));
  return handshake(2, number(TLS12, 2), random, vector(1, hello.sessionId), number(suite, 2), Buffer.of(0), extensions);
}

function flight(hello: ClientHello, before: Buffer, { lie, chain, key }: LyingServer13): Buffer {
  const theirs = hello.keyShares.get(X25519)!;
  const { share, secret } = agree(theirs);
  const chosen = lie === 'SUITE' ? NOBODYS_SUITE : SUITE;
  const first = serverHello(hello, randomBytes(32), chosen, Buffer.concat([number(X25519, 2), vector(2, share)]));
  const secrets = handshakeSecret(secret, Buffer.concat([before, first]));

  let transcript = Buffer.concat([before, first]);
  const say = (message: Buffer): Buffer => {
    transcript = Buffer.concat([transcript, message]);
    return message;
  };
  const signer = lie === 'SIGNATURE' ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey : key;
  const messages = Buffer.concat([
    say(handshake(8, vector(2))),
    say(handshake(11, vector(1), vector(3, ...chain.map((der) => Buffer.concat([vector(3, der), vector(2)]))))),
    say(handshake(15, number(0x0403, 2), vector(2, sign('sha256', toBeSigned(transcript), signer)))),
    say(handshake(20, lie === 'FINISHED' ? randomBytes(32) : hmac(expand(secrets, 'finished', Buffer.alloc(0), 32), sha256(transcript)))),
  ]);
  const sealed = seal(messages, secrets);
  if (lie === 'RECORD') sealed[sealed.length - 1]! ^= 1;
  return Buffer.concat([records(HANDSHAKE, TLS12, first), records(CHANGE_CIPHER_SPEC, TLS12, Buffer.of(1)), sealed]);
}

/** RFC 8446 4.4.3. */
const toBeSigned = (transcript: Buffer): Buffer =>
  Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from('TLS 1.3, server CertificateVerify\0'), sha256(transcript)]);

function agree(theirs: Buffer): { share: Buffer; secret: Buffer } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  try {
    const peer: KeyObject = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: theirs.toString('base64url') }, format: 'jwk' });
    return {
      share: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
      secret: diffieHellman({ privateKey, publicKey: peer }),
    };
  } catch {
    throw new Misbehaved(ILLEGAL_PARAMETER, 'a share that is none');
  }
}

/** server_handshake_traffic_secret (RFC 8446 7.1). */
function handshakeSecret(shared: Buffer, transcript: Buffer): Buffer {
  const zeros = Buffer.alloc(32);
  const derived = expand(hmac(zeros, zeros), 'derived', sha256(Buffer.alloc(0)), 32);
  return expand(hmac(derived, shared), 's hs traffic', sha256(transcript), 32);
}

/** HKDF-Expand-Label; no more than one block is ever needed. */
function expand(secret: Buffer, label: string, context: Buffer, length: number): Buffer {
  const info = Buffer.concat([number(length, 2), vector(1, Buffer.from(`tls13 ${label}`)), vector(1, context)]);
  return hmac(secret, info, Buffer.of(1)).subarray(0, length);
}

/** One record, the first under these keys (RFC 8446 5.2, 5.3). */
function seal(content: Buffer, secret: Buffer): Buffer {
  const [key, iv] = [expand(secret, 'key', Buffer.alloc(0), 16), expand(secret, 'iv', Buffer.alloc(0), 12)];
  const header = Buffer.concat([Buffer.of(APPLICATION_DATA), number(TLS12, 2), number(content.length + 17, 2)]);
  const cipher = createCipheriv('aes-128-gcm', key, iv).setAAD(header);
  return Buffer.concat([header, cipher.update(Buffer.concat([content, Buffer.of(HANDSHAKE)])), cipher.final(), cipher.getAuthTag()]);
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const hmac = (key: Buffer, ...parts: readonly Buffer[]): Buffer =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest();
