/** Signature algorithms of certificates, lists and requests: the closed list that is believed, and the check itself. */
import { constants, createPublicKey, verify } from 'node:crypto';
import type { AlgorithmIdentifier } from './algorithm-identifier.js';

type Entry = { readonly oid: string; readonly parameters: string; readonly hash: string; readonly key: 'ec' | 'rsa'; readonly pss?: true };

const NULL = '0500';
/** RSASSA-PSS parameters byte for byte as CA/B BR 7.1.3.2.1 lists them: MGF1 with the same hash, a salt as long as the hash. */
const pssParameters = (hashArc: string, saltLength: string): string =>
  `3034a00f300d0609608648016503040${hashArc}0500a11c301a06092a864886f70d010108300d0609608648016503040${hashArc}0500a203020${saltLength}`;

/** RFC 5758 3.2, RFC 4055 5. SHA-1 and MD5 are left out on purpose: collisions are made to order (RFC 6194, RFC 6151). */
const ALGORITHMS = {
  ECDSA_SHA256: { oid: '1.2.840.10045.4.3.2', parameters: '', hash: 'sha256', key: 'ec' },
  ECDSA_SHA384: { oid: '1.2.840.10045.4.3.3', parameters: '', hash: 'sha384', key: 'ec' },
  ECDSA_SHA512: { oid: '1.2.840.10045.4.3.4', parameters: '', hash: 'sha512', key: 'ec' },
  RSA_SHA256: { oid: '1.2.840.113549.1.1.11', parameters: NULL, hash: 'sha256', key: 'rsa' },
  RSA_SHA384: { oid: '1.2.840.113549.1.1.12', parameters: NULL, hash: 'sha384', key: 'rsa' },
  RSA_SHA512: { oid: '1.2.840.113549.1.1.13', parameters: NULL, hash: 'sha512', key: 'rsa' },
  RSA_PSS_SHA256: { oid: '1.2.840.113549.1.1.10', parameters: pssParameters('201', '120'), hash: 'sha256', key: 'rsa', pss: true },
  RSA_PSS_SHA384: { oid: '1.2.840.113549.1.1.10', parameters: pssParameters('202', '130'), hash: 'sha384', key: 'rsa', pss: true },
  RSA_PSS_SHA512: { oid: '1.2.840.113549.1.1.10', parameters: pssParameters('203', '140'), hash: 'sha512', key: 'rsa', pss: true },
} as const satisfies Record<string, Entry>;
export type SignatureAlgorithm = keyof typeof ALGORITHMS;
const NAMES = Object.keys(ALGORITHMS) as SignatureAlgorithm[];

export const isKnownSignatureAlgorithm = (name: string): name is SignatureAlgorithm => Object.hasOwn(ALGORITHMS, name);

/** Our name for it, or its OID where it is none of the list. */
export function signatureAlgorithmOf({ oid, parameters }: AlgorithmIdentifier): string {
  const hex = Buffer.from(parameters).toString('hex');
  return NAMES.find((name) => ALGORITHMS[name].oid === oid && ALGORITHMS[name].parameters === hex) ?? oid;
}

export function identifierOf(name: SignatureAlgorithm): AlgorithmIdentifier {
  const { oid, parameters } = ALGORITHMS[name];
  return { oid, parameters: new Uint8Array(Buffer.from(parameters, 'hex')) };
}

export const hashOf = (name: SignatureAlgorithm): string => ALGORITHMS[name].hash;

/** Did the holder of the key sign these bytes? False also for an algorithm that is not believed, or one that the key is not for. */
export function isSignedBy(spki: Uint8Array, algorithm: string, signed: Uint8Array, signature: Uint8Array): boolean {
  if (!isKnownSignatureAlgorithm(algorithm)) return false;
  const { hash, key: kind, ...rest } = ALGORITHMS[algorithm];
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType !== kind) return false;
    // A salt as long as the hash, which the parameters above were checked for (RFC 8017 9.1).
    const padding = 'pss' in rest ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};
    return verify(hash, signed, { key, ...padding }, signature);
  } catch {
    return false;
  }
}
