/** The kinds of keys that certificates are made for, and which kind a public key is. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { contentOf, readElements, SEQUENCE } from './der.js';

/** What Let's Encrypt and the local CA sign; the first is the default: small, quick, understood by every client since 2014. */
export const KEY_ALGORITHMS = ['ECDSA_P256', 'ECDSA_P384', 'RSA_2048', 'RSA_3072', 'RSA_4096'] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

/** A server may have one certificate of each, and shows a client what it can check. */
export const KEY_FAMILIES = ['RSA', 'ECDSA'] as const;
export type KeyFamily = (typeof KEY_FAMILIES)[number];
/** `algorithm` as `keyAlgorithmOf` spells it. Undefined for keys of neither. */
export const keyFamilyOf = (algorithm: string): KeyFamily | undefined => KEY_FAMILIES.find((family) => algorithm.startsWith(`${family}_`));

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ECDSA_P256', secp384r1: 'ECDSA_P384', secp521r1: 'ECDSA_P521' };

/**
 * `ECDSA_P256`, `RSA_2048`, `RSA_PSS_2048`, `ED25519`, `ECDSA_SECP256K1`; `UNKNOWN` for a key that OpenSSL cannot read.
 * `spki`: SubjectPublicKeyInfo, DER.
 */
export function keyAlgorithmOf(spki: Uint8Array): string {
  const key = readPublicKey(spki);
  if (key?.asymmetricKeyType === undefined) return 'UNKNOWN';
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && !namesCurve(spki)) return 'ECDSA_EXPLICIT';
  if (key.asymmetricKeyType === 'ec') return CURVES[namedCurve ?? ''] ?? `ECDSA_${(namedCurve ?? 'UNKNOWN').toUpperCase()}`;
  const family = key.asymmetricKeyType.toUpperCase().replaceAll('-', '_');
  return modulusLength === undefined ? family : `${family}_${modulusLength}`;
}

/** RFC 5480 2.1.1: the curve by its OID. Spelled out, a forger chooses its generator (CVE-2020-0601). */
function namesCurve(spki: Uint8Array): boolean {
  const [algorithm] = readElements(contentOf(SEQUENCE, spki) ?? Uint8Array.of()) ?? [];
  return readElements(algorithm?.content ?? Uint8Array.of())?.[1]?.tag === 0x06;
}

/** Undefined where the bytes are no public key, or a point off its curve. */
export function readPublicKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
