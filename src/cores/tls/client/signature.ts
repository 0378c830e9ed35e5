/** Did the holder of the leaf's key sign this handshake? */
import { forged, malformed, notOffered } from './failure.js';
import { constants, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { concat } from '../codec/byte-writer.js';
import { signatureScheme, signatureSchemeName } from '../registry/signature-schemes.js';
import { TLS13 } from '../registry/versions.js';

import type { ClientFailure } from './seen.js';

export type SignedPart = { readonly signed: Uint8Array; readonly value: Uint8Array; readonly algorithm: number | undefined };
type Rules = {
  readonly version: number;
  /** As offered; none: what RFC 5246 7.4.1.4.1 then takes for granted. */ readonly offered: readonly number[];
};

/** RFC 8446 4.4.3. */
export const certificateVerifyInput = (transcriptHash: Uint8Array): Uint8Array =>
  concat(Buffer.alloc(64, 0x20), Buffer.from('TLS 1.3, server CertificateVerify\0', 'latin1'), transcriptHash);

/** Without `signature_algorithms`: SHA-1 with whatever key (RFC 5246 7.4.1.4.1). */
const TAKEN_FOR_GRANTED: readonly number[] = [0x0201, 0x0202, 0x0203];

/** Undefined: it holds. `leaf`: DER. */
export function checkSignature(leaf: Uint8Array | undefined, part: SignedPart, { version, offered }: Rules): ClientFailure | undefined {
  const key = leaf && publicKeyOf(leaf);
  if (key === undefined) return malformed('the certificate has no key that can be read');
  const { algorithm } = part;
  if (algorithm === undefined) return holds(oldSignature(key, part)) ? undefined : forged('SIGNATURE');
  if (!(offered.length > 0 ? offered : TAKEN_FOR_GRANTED).includes(algorithm)) {
    return notOffered(`signature algorithm ${signatureSchemeName(algorithm)}`);
  }
  return holds(() => signatureHolds(key, part, algorithm, version)) ? undefined : forged('SIGNATURE');
}

type Leaf = { readonly der: Uint8Array; readonly key: KeyObject | undefined };
/** The one before: a check meets the same leaf thirty times, a sweep each time that neighbours share one, and reading it takes half as long as verifying. */
let last: Leaf = { der: new Uint8Array(), key: undefined };

function publicKeyOf(der: Uint8Array): KeyObject | undefined {
  if (Buffer.compare(last.der, der) !== 0) last = { der, key: readPublicKey(der) };
  return last.key;
}

function readPublicKey(der: Uint8Array): KeyObject | undefined {
  try {
    return new X509Certificate(der).publicKey;
  } catch {
    return undefined;
  }
}

/** Before TLS 1.2 the key says it all: RSA over MD5 and SHA-1 (RFC 4346 7.4.3), others over SHA-1 (RFC 4492 5.4). */
const oldSignature =
  (key: KeyObject, { signed, value }: SignedPart) =>
  (): boolean =>
    verify(key.asymmetricKeyType === 'rsa' ? 'md5-sha1' : 'sha1', signed, key, value);

function signatureHolds(key: KeyObject, { signed, value }: SignedPart, algorithm: number, version: number): boolean {
  const scheme = signatureScheme(algorithm);
  if (scheme === undefined || key.asymmetricKeyType !== scheme.key) return false;
  // Only in TLS 1.3 a number means one curve (RFC 8446 4.2.3), and PKCS #1 v1.5 is for certificates alone.
  if (version >= TLS13 && scheme.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== scheme.curve) return false;
  if (version >= TLS13 && scheme.key === 'rsa' && !scheme.pss) return false;
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return verify(scheme.hash, signed, scheme.pss ? { key, padding, saltLength } : key, value);
}

/** OpenSSL throws for a key that is too small for the hash, or an algorithm that it has not. */
function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
