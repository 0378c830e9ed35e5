/**
 * A server of TLS 1.2 or older, down to SSL 3.0, in the part that goes in clear: Server Hello, Certificate, ServerKeyExchange,
 * CertificateRequest and ServerHelloDone (RFC 5246 7.4, RFC 2246, RFC 6101), with suites that no library has any more. It ends there: what the
 * client answers is refused with handshake_failure.
 */
import {
  constants,
  createECDH,
  generateKeyPairSync,
  getDiffieHellman,
  type KeyObject,
  privateEncrypt,
  createHash,
  randomBytes,
  sign,
} from 'node:crypto';
import net from 'node:net';
import { type ClientHello, HelloReader } from './client-hello.js';
import { HANDSHAKE_FAILURE, Misbehaved, PROTOCOL_VERSION } from './misbehaved.js';
import { alert, extension, handshake, HANDSHAKE, number, records, vector } from './writer.js';

export type OldServer = {
  /** 0x0300 to 0x0303. */
  readonly versions: readonly number[];
  /** In the server's order. */
  readonly suites: readonly OldSuite[];
  /** DER, leaf first; with an RSA key. */
  readonly chain: readonly Uint8Array[];
  readonly key: KeyObject;
  /** Takes DEFLATE (RFC 3749) where it is offered. */
  readonly compresses?: boolean;
  /** Leaves renegotiation_info (RFC 5746) out. */
  readonly insecureRenegotiation?: boolean;
  /** Does not know TLS_FALLBACK_SCSV (RFC 7507). */
  readonly fallsForDowngrade?: boolean;
};
type OldSuite = { readonly number: number; readonly exchange: 'RSA' | 'RSA_EXPORT' | 'DH_ANON' | 'ECDHE' };

/** Numbers of IANA; none is in OpenSSL as Debian builds it. */
export const RSA_EXPORT_WITH_RC4_40_MD5: OldSuite = { number: 0x0003, exchange: 'RSA_EXPORT' };
export const RSA_WITH_RC4_128_MD5: OldSuite = { number: 0x0004, exchange: 'RSA' };
export const RSA_WITH_RC4_128_SHA: OldSuite = { number: 0x0005, exchange: 'RSA' };
export const RSA_EXPORT_WITH_DES40_CBC_SHA: OldSuite = { number: 0x0008, exchange: 'RSA_EXPORT' };
export const RSA_WITH_DES_CBC_SHA: OldSuite = { number: 0x0009, exchange: 'RSA' };
export const RSA_WITH_3DES_EDE_CBC_SHA: OldSuite = { number: 0x000a, exchange: 'RSA' };
export const DH_ANON_WITH_RC4_128_MD5: OldSuite = { number: 0x0018, exchange: 'DH_ANON' };
export const RSA_WITH_AES_128_CBC_SHA: OldSuite = { number: 0x002f, exchange: 'RSA' };
export const ECDHE_RSA_WITH_RC4_128_SHA: OldSuite = { number: 0xc011, exchange: 'ECDHE' };

const FALLBACK_SCSV = 0x5600;
const RENEGOTIATION_SCSV = 0x00ff;
const RENEGOTIATION_INFO = 0xff01;
const INAPPROPRIATE_FALLBACK = 86;

export function makeOldServer(settings: OldServer): net.Server {
  return net.createServer((socket) => {
    socket.on('error', () => {});
    const reader = new HelloReader();
    let answered = false;
    socket.on('data', (bytes: Buffer) => {
      if (answered) return void socket.end(alert(HANDSHAKE_FAILURE));
      try {
        const hello = reader.take(bytes);
        if (!hello) return;
        socket.write(oldFlight(hello, settings));
        answered = true;
      } catch (error) {
        if (!(error instanceof Misbehaved)) throw error;
        socket.end(alert(error.alert, { version: Math.min(...settings.versions) }));
      }
    });
  });
}

/** Throws Misbehaved where there is nothing in common. */
export function oldFlight(hello: ClientHello, settings: OldServer): Buffer {
  const version = chooseVersion(hello, settings);
  const suite = settings.suites.find(
    ({ number: each, exchange }) => hello.suites.includes(each) && (exchange !== 'ECDHE' || hello.groups.includes(P256)),
  );
  if (!suite) throw new Misbehaved(HANDSHAKE_FAILURE, 'no suite in common');
  const asksRenegotiation = hello.suites.includes(RENEGOTIATION_SCSV) || hello.extensions.includes(RENEGOTIATION_INFO);
  const extensions =
    asksRenegotiation && settings.insecureRenegotiation !== true ? [vector(2, extension(RENEGOTIATION_INFO, Buffer.of(0)))] : [];
  const compression = settings.compresses === true && hello.compressionMethods.includes(1) ? 1 : 0;
  const random = randomBytes(32);
  const fields = [number(version, 2), random, vector(1, randomBytes(32)), number(suite.number, 2), Buffer.of(compression), ...extensions];
  const certificates = settings.chain.map((der) => vector(3, der));
  const messages = [
    handshake(2, ...fields),
    ...(suite.exchange === 'DH_ANON' ? [] : [handshake(11, vector(3, ...certificates))]),
    ...keyExchange(suite, version, Buffer.concat([hello.random, random]), settings.key),
    handshake(14),
  ];
  return records(HANDSHAKE, version, Buffer.concat(messages));
}

function chooseVersion(hello: ClientHello, { versions, fallsForDowngrade }: OldServer): number {
  const version = Math.max(0, ...versions.filter((each) => each <= hello.version));
  if (version === 0) throw new Misbehaved(PROTOCOL_VERSION, 'no version in common');
  if (hello.suites.includes(FALLBACK_SCSV) && version < Math.max(...versions) && fallsForDowngrade !== true) {
    throw new Misbehaved(INAPPROPRIATE_FALLBACK, 'a fallback that was not necessary');
  }
  return version;
}

const P256 = 23;

function keyExchange({ exchange }: OldSuite, version: number, randoms: Buffer, key: KeyObject): Buffer[] {
  if (exchange === 'RSA') return [];
  const parameters = PARAMETERS[exchange]();
  const signed = exchange === 'DH_ANON' ? Buffer.alloc(0) : signature(version, Buffer.concat([randoms, parameters]), key);
  return [handshake(12, parameters, signed)];
}

const PARAMETERS = {
  /** RFC 2246 7.4.3: a temporary key of 512 bits. */
  RSA_EXPORT: () => {
    const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey.export({ format: 'jwk' });
    return Buffer.concat([vector(2, Buffer.from(n, 'base64url')), vector(2, Buffer.from(e, 'base64url'))]);
  },
  DH_ANON: () => diffieHellman(),
  ECDHE: () => {
    const curve = createECDH('prime256v1');
    return Buffer.concat([Buffer.of(3), number(P256, 2), vector(1, curve.generateKeys())]);
  },
};

/** Of 1024 bits (RFC 2409 6.2). */
function diffieHellman(): Buffer {
  const group = getDiffieHellman('modp2');
  const share = group.generateKeys();
  return Buffer.concat([vector(2, group.getPrime()), vector(2, group.getGenerator()), vector(2, share)]);
}

/** RFC 5246 7.4.3; before TLS 1.2 MD5 and SHA-1 side by side, without a name of the hash (RFC 4346 7.4.3). */
function signature(version: number, content: Buffer, key: KeyObject): Buffer {
  if (version === 0x0303) return Buffer.concat([number(0x0401, 2), vector(2, sign('sha256', content, key))]);
  const hashes = ['md5', 'sha1'].map((hash) => createHash(hash).update(content).digest());
  return vector(2, privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat(hashes)));
}
