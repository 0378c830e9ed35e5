/** ServerHello and HelloRetryRequest (RFC 8446 4.1.3 and 4.1.4; RFC 5246 7.4.1.3), and EncryptedExtensions (RFC 8446 4.3.1). */
import { EXTENSION } from '../registry/extension-types.js';
import { ByteReader } from './byte-reader.js';
import { type Extensions, parseExtensions } from './extensions.js';

export type ServerHello = {
  /** As chosen: from `supported_versions` in TLS 1.3, else the legacy field. */
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: Extensions;
  /** From `key_share`, TLS 1.3 only. In a HelloRetryRequest the group that the server wants, without a share. */
  readonly keyShare?: { readonly group: number; readonly share: Uint8Array };
  /** RFC 8446 4.2.2. */
  readonly cookie?: Uint8Array;
  /** Which of the offered pre-shared keys it takes. */
  readonly selectedIdentity?: number;
  /** The server asks for another ClientHello, with a key share of `keyShare.group`. */
  readonly helloRetryRequest: boolean;
};

/** SHA-256 of "HelloRetryRequest" in the place of the random says that it is one. */
const HELLO_RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

/** Undefined for a body that is not a ServerHello. */
export function parseServerHello(body: Uint8Array): ServerHello | undefined {
  const hello = new ByteReader(body);
  const legacyVersion = hello.uint(2);
  const random = hello.take(32);
  const sessionId = hello.vector(1);
  const cipherSuite = hello.uint(2);
  const compressionMethod = hello.uint(1);
  // A TLS 1.2 server without extensions leaves the whole block out.
  const extensions = parseExtensions(hello.done ? new Uint8Array() : hello.vector(2));
  if (hello.failed || !hello.done || sessionId.length > 32 || extensions === undefined) return undefined;
  const helloRetryRequest = HELLO_RETRY_RANDOM.equals(random);
  const read = readKnown(extensions, helloRetryRequest);
  return read && { version: legacyVersion, random, sessionId, cipherSuite, compressionMethod, extensions, helloRetryRequest, ...read };
}

/** Those that are read here; undefined where one of them says nothing. */
function readKnown(extensions: Extensions, helloRetryRequest: boolean): Partial<ServerHello> | undefined {
  const known: { -readonly [K in keyof ServerHello]?: ServerHello[K] } = {};
  for (const [type, content] of extensions) {
    const reader = new ByteReader(content);
    if (type === EXTENSION.SUPPORTED_VERSIONS) known.version = reader.uint(2);
    else if (type === EXTENSION.KEY_SHARE) {
      known.keyShare = { group: reader.uint(2), share: helloRetryRequest ? new Uint8Array() : reader.vector(2) };
    } else if (type === EXTENSION.COOKIE) known.cookie = reader.vector(2);
    else if (type === EXTENSION.PRE_SHARED_KEY) known.selectedIdentity = reader.uint(2);
    else continue;
    if (reader.failed || !reader.done) return undefined;
  }
  return known;
}

/** Undefined for a body that is none. */
export function parseEncryptedExtensions(body: Uint8Array): Extensions | undefined {
  const message = new ByteReader(body);
  const extensions = parseExtensions(message.vector(2));
  return message.failed || !message.done ? undefined : extensions;
}

/** The one protocol that a server chose (RFC 7301 3.1); undefined for content that names none, or several. */
export function parseAlpn(content: Uint8Array): string | undefined {
  const extension = new ByteReader(content);
  const list = new ByteReader(extension.vector(2));
  const protocol = list.vector(1);
  return list.failed || !list.done || !extension.done || protocol.length === 0 ? undefined : Buffer.from(protocol).toString('latin1');
}
