/** Did the holder of the leaf's key sign this handshake? */
import { forged, malformed, notOffered } from './failure.js';
import { constants, type KeyObject, verify } from 'node:crypto';
import { subjectPublicKeyInfo } from '../../pki/encoding/tbs-certificate.js';
import { namedCurve, readPublicKey } from '../../pki/public-key.js';
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
  const held = leaf && publicKeyOf(leaf);
  if (held === undefined) return malformed('the certificate has no key that can be read');
  const { algorithm } = part;
  if (algorithm === undefined) return holds(oldSignature(held.key, part)) ? undefined : forged('SIGNATURE');
  if (!(offered.length > 0 ? offered : TAKEN_FOR_GRANTED).includes(algorithm)) {
    return notOffered(`signature algorithm ${signatureSchemeName(algorithm)}`);
  }
  return holds(() => signatureHolds(held, part, algorithm, version)) ? undefined : forged('SIGNATURE');
}

type LeafKey = { readonly key: KeyObject; readonly curve: string | undefined };
/** The one before: a check meets the same leaf thirty times, a sweep each time that neighbours share one. */
let last: { readonly der: Uint8Array; readonly key: LeafKey | undefined } = { der: new Uint8Array(), key: undefined };

function publicKeyOf(der: Uint8Array): LeafKey | undefined {
  if (Buffer.compare(last.der, der) !== 0) last = { der, key: readLeafKey(der) };
  return last.key;
}

function readLeafKey(der: Uint8Array): LeafKey | undefined {
  const spki = subjectPublicKeyInfo(der);
  try {
    return spki && { key: readPublicKey(spki), curve: namedCurve(spki) };
  } catch {
    return undefined;
  }
}

/** Before TLS 1.2 the key says it all: RSA over MD5 and SHA-1 (RFC 4346 7.4.3), others over SHA-1 (RFC 4492 5.4). */
const oldSignature =
  (key: KeyObject, { signed, value }: SignedPart) =>
  (): boolean =>
    verify(key.asymmetricKeyType === 'rsa' ? 'md5-sha1' : 'sha1', signed, key, value);

function signatureHolds({ key, curve }: LeafKey, { signed, value }: SignedPart, algorithm: number, version: number): boolean {
  const scheme = signatureScheme(algorithm);
  if (scheme === undefined || key.asymmetricKeyType !== scheme.key) return false;
  // Only in TLS 1.3 a number means one curve (RFC 8446 4.2.3), and PKCS #1 v1.5 is for certificates alone.
  if (version >= TLS13 && scheme.curve !== undefined && curve !== scheme.curve) return false;
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
