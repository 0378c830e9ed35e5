import { checkPrimeSync, createPublicKey, generateKeyPairSync, generatePrimeSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { weaknessOf } from '../../../src/cores/pki/weak-key.js';

const toBase64url = (n: bigint): string =>
  Buffer.from(n.toString(16).padStart(n.toString(16).length + (n.toString(16).length % 2), '0'), 'hex').toString('base64url');
const rsaOf = (n: bigint, e = 65537n): Uint8Array =>
  new Uint8Array(
    createPublicKey({ key: { kty: 'RSA', n: toBase64url(n), e: toBase64url(e) }, format: 'jwk' }).export({ format: 'der', type: 'spki' }),
  );
const spkiOf = (pair: ReturnType<typeof generateKeyPairSync>): Uint8Array =>
  new Uint8Array((pair as { publicKey: import('node:crypto').KeyObject }).publicKey.export({ format: 'der', type: 'spki' }));
const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });
const nextPrime = (from: bigint): bigint => {
  let candidate = from + 2n;
  while (!checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
};

/** As the broken library made them: k * M + 65537^a mod M, M the product of the first 126 primes. */
function rocaPrime(): bigint {
  const primes = Array.from({ length: 702 }, (_, i) => i + 2).filter((n) => checkPrimeSync(BigInt(n)));
  const product = primes.slice(0, 126).reduce((all, p) => all * BigInt(p), 1n);
  let power = 1n;
  for (let i = 0; i < 1000 + (randomBytes(1)[0] ?? 0); i++) power = (power * 65537n) % product;
  for (let k = (1n << 53n) - BigInt(`0x${randomBytes(4).toString('hex')}`); ; k--)
    if (checkPrimeSync(k * product + power)) return k * product + power;
}

describe('weak keys', () => {
  const p = prime(1024);
  const good = [
    ['P-256', spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
    ['P-384', spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }))],
    ['RSA 2048', spkiOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))],
    ['RSA 3072', spkiOf(generateKeyPairSync('rsa', { modulusLength: 3072 }))],
  ] as const;
  it.each(good)('%s is allowed', (_, spki) => expect(weaknessOf(spki)).toBeUndefined());

  const weak = [
    ['RSA 1024', () => spkiOf(generateKeyPairSync('rsa', { modulusLength: 1024 })), /RSA_1024 is not allowed/],
    ['P-521, which public CAs refuse', () => spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-521' })), /ECDSA_P521/],
    ['secp256k1', () => spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })), /SECP256K1/],
    [
      'explicit curve parameters',
      () => spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' })),
      /ECDSA_EXPLICIT/,
    ],
    ['Ed25519', () => spkiOf(generateKeyPairSync('ed25519')), /ED25519/],
    ['no key at all', () => new Uint8Array(40), /UNKNOWN/],
    ['exponent 3', () => spkiOf(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })), /exponent/],
    ['a small factor', () => rsaOf(751n * prime(2038)), /not allowed|small factor/],
    ['two neighbouring primes', () => rsaOf(p * nextPrime(p)), /Fermat/],
    ['ROCA', () => rsaOf(rocaPrime() * rocaPrime()), /ROCA|RSA_20\d\d is not allowed/],
  ] as const;
  it.each(weak)('%s is refused', (_, spki, reason) => expect(weaknessOf(spki())).toMatch(reason));
});
