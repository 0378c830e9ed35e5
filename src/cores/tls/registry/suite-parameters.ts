/** What a cipher suite consists of, read from its IANA name (RFC 5246 A.5, RFC 8446 B.4). */
import { cipherSuiteName } from './cipher-suites.js';

export type KeyExchange = 'ECDHE' | 'DHE' | 'RSA';

export type BulkCipher = {
  /** NULL: no encryption at all. */
  readonly mode: 'GCM' | 'CCM' | 'CHACHA20' | 'CBC' | 'NULL';
  /** OpenSSL's name. */
  readonly name: string;
  readonly keyLength: number;
  /** Of the cipher's block and of a CBC record's IV. */
  readonly blockLength: number;
  /** Of an AEAD's tag. */
  readonly tagLength: number;
};

export type SuiteParameters = {
  /** Undefined in TLS 1.3, where a suite does not say, and for an exchange that is not known here: static Diffie-Hellman, GOST. */
  readonly keyExchange?: KeyExchange;
  /** Nobody signs, and no certificate is shown. */
  readonly anonymous: boolean;
  /** RSA_EXPORT: the key exchange is weakened for the law of 1996. */
  readonly export: boolean;
  /** Undefined for a cipher that is not known here. */
  readonly cipher?: BulkCipher;
  /** Of the PRF and HKDF from TLS 1.2 on. */
  readonly hash: 'sha256' | 'sha384';
  /** Of the MAC, where the cipher is no AEAD. */
  readonly mac: 'md5' | 'sha1' | 'sha256' | 'sha384';
};

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; before `_WITH_` there is nothing in TLS 1.3. */
const NAME = /^TLS_(?:(.+)_WITH_)?(.+)$/;

const parametersByCode = new Map<number, SuiteParameters>();

export function suiteParameters(code: number): SuiteParameters {
  const known = parametersByCode.get(code);
  if (known !== undefined) return known;
  const read = readName(cipherSuiteName(code));
  // Only named ones: a stranger chooses the others, and the map would grow with them.
  if (read.cipher !== undefined) parametersByCode.set(code, read);
  return read;
}

function readName(name: string): SuiteParameters {
  const [, exchange = '', cipherAndHash = ''] = NAME.exec(name) ?? [];
  const mac = cipherAndHash.endsWith('_SHA384') ? 'sha384' : cipherAndHash.endsWith('_SHA256') ? 'sha256' : shortMac(cipherAndHash);
  return {
    keyExchange: keyExchangeIn(exchange),
    anonymous: exchange.includes('_anon'),
    export: exchange.includes('_EXPORT'),
    cipher: cipherIn(cipherAndHash),
    hash: mac === 'sha384' ? 'sha384' : 'sha256',
    mac,
  };
}

const shortMac = (cipherAndHash: string): 'md5' | 'sha1' => (cipherAndHash.endsWith('_MD5') ? 'md5' : 'sha1');

function keyExchangeIn(exchange: string): KeyExchange | undefined {
  if (exchange.startsWith('ECDHE_') || exchange.startsWith('ECDH_anon')) return 'ECDHE';
  if (exchange.startsWith('DHE_') || exchange.startsWith('DH_anon')) return 'DHE';
  return exchange === 'RSA' || exchange.startsWith('RSA_EXPORT') ? 'RSA' : undefined;
}

function cipherIn(cipherAndHash: string): BulkCipher | undefined {
  if (cipherAndHash.startsWith('NULL_')) return { mode: 'NULL', name: 'NULL', keyLength: 0, blockLength: 0, tagLength: 0 };
  if (cipherAndHash.startsWith('CHACHA20_POLY1305')) {
    return { mode: 'CHACHA20', name: 'chacha20-poly1305', keyLength: 32, blockLength: 0, tagLength: 16 };
  }
  if (cipherAndHash.startsWith('3DES_EDE_CBC')) return { mode: 'CBC', name: 'des-ede3-cbc', keyLength: 24, blockLength: 8, tagLength: 0 };
  const [, family = '', bits = '', mode] = /^(AES|ARIA|CAMELLIA)_(128|256)_(GCM|CCM|CBC)(?:_|$)/.exec(cipherAndHash) ?? [];
  if (mode !== 'GCM' && mode !== 'CCM' && mode !== 'CBC') return undefined;
  const tagLength = mode === 'CBC' ? 0 : cipherAndHash.includes('_CCM_8') ? 8 : 16;
  const name = `${family.toLowerCase()}-${bits}-${mode.toLowerCase()}`;
  return { mode, name, keyLength: Number(bits) / 8, blockLength: 16, tagLength };
}
