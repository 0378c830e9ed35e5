import { webcrypto } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCsr, readCsr } from '../../../src/cores/pki/csr.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';

const names = ['shop.example', '*.shop.example'] as CertificateName[];
const rsa = (modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
});
const keysOf = (algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

describe('certificate requests', () => {
  it.each([
    ['ECDSA_P256', { name: 'ECDSA', namedCurve: 'P-256' }],
    ['ECDSA_P384', { name: 'ECDSA', namedCurve: 'P-384' }],
    ['RSA_2048', rsa(2048)],
  ])('made with %s reads as it was made', async (keyAlgorithm, algorithm) => {
    const csr = unwrap(readCsr(await makeCsr(await keysOf(algorithm), names)));
    expect(csr).toMatchObject({ names: [...names].sort(), otherNames: 0, keyAlgorithm, signatureValid: true });
  });

  it('made by the openssl command: the common name counts, each name once, other kinds are counted', async () => {
    const extensions = 'subjectAltName=DNS:shop.example,DNS:WWW.shop.example,IP:192.0.2.1,email:a@shop.example,DNS:not_a_host';
    const args = [
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
      '-outform',
      'DER',
    ];
    const der = execFileSync('openssl', [...args, '-subj', '/O=Shop Ltd/CN=shop.example', '-addext', extensions], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const csr = unwrap(readCsr(new Uint8Array(der)));
    expect(csr).toMatchObject({ names: ['shop.example', 'www.shop.example'], otherNames: 3, signatureValid: true });
  });

  it('a changed request is read, and its signature found wrong', async () => {
    const der = await makeCsr(await keysOf({ name: 'ECDSA', namedCurve: 'P-256' }), names);
    der.set([(der.at(-1) ?? 0) ^ 1], der.length - 1);
    expect(unwrap(readCsr(der)).signatureValid).toBe(false);
  });

  it('no bytes make the reading throw', async () => {
    const der = await makeCsr(await keysOf({ name: 'ECDSA', namedCurve: 'P-256' }), names);
    const flipped = fc
      .tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, by]) => der.map((byte, i) => (i === at ? byte ^ by : byte)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), flipped), async (bytes) => {
        const read = readCsr(bytes);
        expect(read.ok && read.value.signatureValid).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});
