import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe } from 'vitest';
import { hex, integer, oid, sequence, tlv } from '../../../support/pki/der.js';
import { makeAuthority, makeLeaf, newKey } from '../certificate-maker.js';
import type { SignatureAlgorithm } from '../../../../src/cores/pki/encoding/signature-algorithm.js';
import type { PathRequest } from '../../../../src/cores/pki/path/path-request.js';
import { below, HOST, itRules, ofIntermediate, ofLeaf, ofRoot, request, root } from './rule-table.js';

const spki = (key: KeyObject): Uint8Array => new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
const rsa = (modulusLength: number, publicExponent = 65537): KeyObject =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey;
/** Nobody has its private part; a leaf's key signs nothing here. */
const rsaKey = (exponent: Uint8Array, algorithm = sequence(oid('1.2.840.113549.1.1.1'), hex('0500'))): Uint8Array => {
  const modulus = tlv(0x02, Uint8Array.of(0), new Uint8Array(255).fill(0xc5), Uint8Array.of(0xc5));
  return sequence(algorithm, tlv(0x03, Uint8Array.of(0), sequence(modulus, exponent)));
};
/** A leaf that an intermediate with a key of this curve has signed so. */
const signedOn =
  (curve: string, signatureAlgorithm: SignatureAlgorithm, changes: Partial<PathRequest> = {}) =>
  (): PathRequest => {
    const authority = makeAuthority('On a curve', root, { key: newKey(curve) });
    const leaf = makeLeaf(authority, [HOST], { signatureAlgorithm });
    return request(leaf, { intermediates: [authority.certificate], ...changes });
  };
const tooMuch = (is: string, key: string, asked: string) =>
  `it is signed with ${is} by a key of kind ${key}, which has to sign with ${asked}`;
const refused = (kind: string) => `its key is of kind ${kind}, which is not accepted`;
const EXPLICIT_P256 = hex(
  '308201333081ec06072a8648ce3d02013081e0020101302c06072a8648ce3d0101022100ffffffff00000001000000000000000000000000ffffffffffffffffffffffff30440420ffffffff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b0441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101034200' +
    Buffer.from(spki(newKey()).subarray(-65)).toString('hex'),
);

describe('keys and signatures (CA/B BR 6.1.5, 6.1.6, 7.1.3)', () => {
  itRules([
    ['P-384', 'OK', ofLeaf({ key: newKey('P-384') })],
    ['P-521', 'OK', ofLeaf({ key: newKey('P-521') })],
    ['secp256k1', refused('ECDSA_SECP256K1'), ofLeaf({ key: newKey('secp256k1') })],
    ['P-192', refused('ECDSA_PRIME192V1'), ofLeaf({ key: newKey('prime192v1') })],
    ['an intermediate with P-192', refused('ECDSA_PRIME192V1'), ofIntermediate({ key: newKey('prime192v1') })],
    ['a root with P-192', refused('ECDSA_PRIME192V1'), ofRoot({ key: newKey('prime192v1') })],
    ['a curve that is spelled out', refused('ECDSA_EXPLICIT'), ofLeaf({ publicKey: EXPLICIT_P256 })],
    ['Ed25519', refused('ED25519'), ofLeaf({ publicKey: spki(generateKeyPairSync('ed25519').privateKey) })],
    [
      'DSA',
      refused('DSA_2048'),
      ofLeaf({ publicKey: spki(generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).privateKey) }),
    ],
    ['RSA of 2048 bits', 'OK', ofLeaf({ publicKey: rsaKey(hex('0203010001')) })],
    ['RSA of 1024 bits', refused('RSA_1024'), ofLeaf({ publicKey: spki(rsa(1024)) })],
    ['RSA of 2052 bits', 'its RSA key has 2052 bits, no multiple of 8', ofLeaf({ publicKey: spki(rsa(2052)) })],
    ['RSA for PSS only', refused('RSA_PSS_2048'), ofLeaf({ publicKey: rsaKey(hex('0203010001'), sequence(oid('1.2.840.113549.1.1.10'))) })],
    [
      'RSA without NULL',
      'the algorithm of its RSA key is not written as rsaEncryption with NULL',
      ofLeaf({ publicKey: rsaKey(hex('0203010001'), sequence(oid('1.2.840.113549.1.1.1'))) }),
    ],
    ['RSA with the exponent 1', 'its RSA exponent is even or smaller than 3', ofLeaf({ publicKey: rsaKey(integer(1)) })],
    ['RSA with an even exponent', 'its RSA exponent is even or smaller than 3', ofLeaf({ publicKey: rsaKey(integer(4)) })],
    [
      'bytes that are no key',
      refused('UNKNOWN'),
      ofLeaf({ publicKey: sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), tlv(0x03, hex('000411'))) }),
    ],

    [
      'a signature with SHA-1',
      'it is signed with 1.2.840.10045.4.1, which is not accepted',
      ofLeaf({ algorithm: sequence(oid('1.2.840.10045.4.1')) }),
    ],
    [
      'an algorithm with parameters that it has not',
      'it is signed with 1.2.840.10045.4.3.2, which is not accepted',
      ofLeaf({ algorithm: sequence(oid('1.2.840.10045.4.3.2'), hex('0500')) }),
    ],
    ['an algorithm that the caller accepts', 'OK', ofLeaf({}, { signatureAlgorithms: ['ECDSA_SHA256'] })],
    [
      'an algorithm that the caller does not accept',
      'it is signed with ECDSA_SHA256, which is not accepted',
      ofLeaf({}, { signatureAlgorithms: ['RSA_SHA256'] }),
    ],
    ['P-256 with SHA-384', tooMuch('ECDSA_SHA384', 'ECDSA_P256', 'ECDSA_SHA256'), signedOn('P-256', 'ECDSA_SHA384')],
    ['P-384 with SHA-384', 'OK', signedOn('P-384', 'ECDSA_SHA384')],
    ['P-384 with SHA-256', tooMuch('ECDSA_SHA256', 'ECDSA_P384', 'ECDSA_SHA384'), signedOn('P-384', 'ECDSA_SHA256')],
    ['P-384 with SHA-512', tooMuch('ECDSA_SHA512', 'ECDSA_P384', 'ECDSA_SHA384'), signedOn('P-384', 'ECDSA_SHA512')],
    ['P-521 with SHA-512', 'OK', signedOn('P-521', 'ECDSA_SHA512')],
    ['P-521 with SHA-256', tooMuch('ECDSA_SHA256', 'ECDSA_P521', 'ECDSA_SHA512'), signedOn('P-521', 'ECDSA_SHA256')],
    [
      'an intermediate that P-384 signed with SHA-256',
      tooMuch('ECDSA_SHA256', 'ECDSA_P384', 'ECDSA_SHA384'),
      () => {
        const strong = makeAuthority('Strong Root', undefined, { key: newKey('P-384'), signatureAlgorithm: 'ECDSA_SHA384' });
        return below(makeAuthority('Below', strong), { roots: [strong.certificate] });
      },
    ],
    ['P-384 with SHA-256, as clients see it', 'OK', signedOn('P-384', 'ECDSA_SHA256', { profile: undefined })],
    ['of the root it does not matter', 'OK', ofRoot({}, { signatureAlgorithms: ['ECDSA_SHA256'] })],
  ]);
});
