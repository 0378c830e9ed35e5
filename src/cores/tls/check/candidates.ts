/** What is looked for in each version: all that the registries name, and that the version can carry. */
import { cipherSuiteName, KNOWN_CIPHER_SUITES } from '../registry/cipher-suites.js';
import { KNOWN_GROUPS } from '../registry/groups.js';
import { KNOWN_SIGNATURE_SCHEMES, signatureScheme } from '../registry/signature-schemes.js';
import { SSL3, TLS10, TLS11, TLS12, TLS13 } from '../registry/versions.js';

/** The highest first. */
export const ALL_VERSIONS: readonly number[] = [TLS13, TLS12, TLS11, TLS10, SSL3];

/** RFC 8446 B.4: a suite of TLS 1.3 does not say how keys are exchanged. */
const is13 = (code: number) => !cipherSuiteName(code).includes('_WITH_');
/** RFC 5246 1.2: AEAD and the hashes of the SHA-2 family came with TLS 1.2. */
const isSince12 = (code: number) => /_(GCM|CCM|CCM_8|POLY1305)(_|$)|_SHA(256|384)$/.test(cipherSuiteName(code));
/** Curves are named in an extension (RFC 8422), which SSL 3.0 has not. */
const hasCurve = (code: number) => cipherSuiteName(code).startsWith('TLS_EC');

/** What is better comes first: whoever takes the client's order then shows its best in a whole handshake. */
function rank(code: number): number {
  const name = cipherSuiteName(code);
  if (/_anon_|_NULL_|_EXPORT_/.test(name)) return 5;
  if (/_(RC4|DES|DES40|RC2|IDEA|3DES)_/.test(name)) return 4;
  const forward = name.startsWith('TLS_ECDHE_') ? 0 : name.startsWith('TLS_DHE_') ? 1 : 2;
  return forward + (/_(GCM|CCM|CCM_8|POLY1305)(_|$)/.test(name) ? 0 : 1);
}

const OF_13 = KNOWN_CIPHER_SUITES.filter(is13);
const OF_12 = KNOWN_CIPHER_SUITES.filter((code) => !is13(code)).toSorted((a, b) => rank(a) - rank(b));
const BEFORE_12 = OF_12.filter((code) => !isSince12(code));
const OF_SSL3 = BEFORE_12.filter((code) => !hasCurve(code));

export function suitesOf(version: number): readonly number[] {
  if (version === TLS13) return OF_13;
  if (version === TLS12) return OF_12;
  return version === SSL3 ? OF_SSL3 : BEFORE_12;
}

export const isEcdhe = (suite: number): boolean => /^TLS_(ECDHE_|ECDH_anon_)/.test(cipherSuiteName(suite));
/** Is anything signed in the key exchange? */
export const isSigned = (suite: number): boolean => /^TLS_(ECDHE|DHE)_(RSA|ECDSA|DSS)_/.test(cipherSuiteName(suite));
/** Nobody shows a certificate. */
export const isAnonymous = (suite: number): boolean => cipherSuiteName(suite).includes('_anon_');
export const isCbc = (suite: number): boolean => cipherSuiteName(suite).includes('_CBC_');

const isOldCurve = (group: number) => group < 0x17 || (group >= 0x1a && group <= 0x1c);
/** Finite fields and post-quantum groups came with TLS 1.3; RFC 7919's were never met in TLS 1.2. */
const isNew = (group: number) => group >= 0x1f;

/** Those of today first: not every server has an order of its own, and this one is then what is shown. */
const USUAL_GROUPS = [0x11ec, 0x11eb, 0x11ed, 0x1d, 0x17, 0x1e, 0x18, 0x19];
const byUse = (groups: readonly number[]) => [
  ...USUAL_GROUPS.filter((group) => groups.includes(group)),
  ...groups.filter((group) => !USUAL_GROUPS.includes(group)),
];
export const GROUPS_13: readonly number[] = byUse(KNOWN_GROUPS.filter((group) => !isOldCurve(group)));
export const CURVES_12: readonly number[] = byUse(KNOWN_GROUPS.filter((group) => !isNew(group)));

/** RFC 8446 4.2.3: in TLS 1.3 those of PKCS #1 v1.5, of SHA-1 and SHA-224 and of DSA sign certificates only. */
const signs13 = (code: number) => code > 0x0700 || (signatureScheme(code)?.curve !== undefined && code >> 8 >= 4);
const byStrength = (codes: readonly number[]) => [
  ...codes.filter((code) => code >> 8 >= 4 && code < 0x0700),
  ...codes.filter((code) => code > 0x0700),
  ...codes.filter((code) => code >> 8 < 4),
];
export const SIGNATURES_13: readonly number[] = byStrength(KNOWN_SIGNATURE_SCHEMES.filter(signs13));
/** RFC 8734 and what came after it are for TLS 1.3 alone. */
export const SIGNATURES_12: readonly number[] = byStrength(KNOWN_SIGNATURE_SCHEMES.filter((code) => code < 0x0810));
