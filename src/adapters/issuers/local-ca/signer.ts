/** The CA's own keys: made once for all processes, kept as secrets of its state, opened only to sign. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { hashOf, type SignatureAlgorithm } from '../../../cores/pki/encoding/signature-algorithm.js';
import { Secret } from '../../../values/secret.js';
import type { MemberState } from '../../member-state.js';

export type Signer = {
  readonly algorithm: SignatureAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** RFC 7093 2, method 4, lower-case hex: SHA-256 of the public key, its first 160 bits. */
  readonly keyIdentifier: string;
  sign(bytes: Uint8Array): Uint8Array;
};

/** SHA-256 with P-256 is what every client checks fastest; the root signs rarely and lives long. */
const CURVES = { ECDSA_SHA256: 'P-256', ECDSA_SHA384: 'P-384' } as const;
export type SignerKind = keyof typeof CURVES;

/** The signer of that name. Where there is none yet, all processes that ask at once get the same. */
export async function signerNamed(name: string, kind: SignerKind, state: MemberState): Promise<Signer> {
  const kept = await state.secret(name);
  if (kept !== undefined) return openSigner(kept, kind);
  await state.createSecret(name, Secret.of(newKey(kind).export({ format: 'der', type: 'pkcs8' })));
  const first = await state.secret(name);
  if (first === undefined) throw new Error(`the secret ${name} was made and is not there`);
  return openSigner(first, kind);
}

/** For rehearsals: its signatures are worth nothing to anybody. */
export const throwAwaySigner = (kind: SignerKind): Signer => toSigner(newKey(kind), kind);

const openSigner = (secret: Secret, kind: SignerKind): Signer =>
  toSigner(createPrivateKey({ key: Buffer.from(secret.reveal()), format: 'der', type: 'pkcs8' }), kind);

function toSigner(key: KeyObject, algorithm: SignerKind): Signer {
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  return {
    algorithm,
    publicKey,
    keyIdentifier: createHash('sha256').update(publicKey).digest('hex').slice(0, 40),
    sign: (bytes) => new Uint8Array(sign(hashOf(algorithm), bytes, key)),
  };
}

const newKey = (kind: SignerKind): KeyObject => generateKeyPairSync('ec', { namedCurve: CURVES[kind] }).privateKey;
