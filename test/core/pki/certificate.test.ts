import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subjectAltName } from '../../../src/cores/pki/encoding/certificate-encoding.js';
import { readCertificate, scanCertificate } from '../../../src/cores/pki/certificate.js';
import { encodeName } from '../../../src/cores/pki/encoding/name-encoding.js';
import { keyMatches } from '../../../src/cores/pki/public-key.js';
import { isSignedBy } from '../../../src/cores/pki/encoding/signature-algorithm.js';
import { encodeSerial, formatSerial } from '../../../src/cores/pki/encoding/serial.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { makeAuthority, makeLeaf, newKey } from './certificate-maker.js';

const authority = makeAuthority('Ca, "the" best');
const leaf = makeLeaf(authority, ['shop.example', '*.shop.example', 'Big.Example']);

describe('readCertificate', () => {
  it('says the same as OpenSSL where both say it', () => {
    const openssl = new X509Certificate(leaf.der);
    expect(leaf.fingerprint).toBe(openssl.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(leaf.serial).toBe(openssl.serialNumber.toLowerCase());
    expect([leaf.notBefore, leaf.notAfter]).toEqual([Date.parse(openssl.validFrom), Date.parse(openssl.validTo)]);
    expect(Buffer.from(leaf.publicKey)).toEqual(openssl.publicKey.export({ format: 'der', type: 'spki' }));
    expect(leaf.isCa).toBe(openssl.ca);
  });

  it('gives the names in normal form, and the issuer as RFC 4514 text', () => {
    expect(leaf.names).toEqual(['shop.example', '*.shop.example', 'big.example']);
    expect(leaf.issuer).toBe('CN=Ca\\, \\"the\\" best,O=Test');
    expect(leaf).toMatchObject({
      keyAlgorithm: 'ECDSA_P256',
      signatureAlgorithm: 'ECDSA_SHA256',
      version: 3,
      subject: '',
      keyUsage: ['digitalSignature'],
    });
  });

  it('a name that no host can have is kept apart from those that a host is matched with', () => {
    const odd = makeLeaf(authority, ['my_shop.example', '192.0.2.1', 'shop.example']);
    expect(odd.names).toEqual(['shop.example']);
    expect(odd.subjectAltNames).toHaveLength(3);
  });

  it('control characters in a subject cannot forge a line', () => {
    const forged = makeLeaf(authority, ['shop.example'], { subjectDer: encodeName('Test', 'a\nb\u0000') });
    expect(forged.subject).toBe('CN=a\\0ab\\00,O=Test');
  });

  it('trailing bytes, cut ends, an extension twice and too many bytes are refused', () => {
    const twice = makeLeaf(authority, ['shop.example']).der;
    const hostile = [
      Uint8Array.from([...twice, 0]),
      twice.slice(0, -1),
      new Uint8Array(),
      new Uint8Array(70_000),
      Uint8Array.of(0x30, 0x80, 0, 0),
    ];
    for (const der of hostile) expect(readCertificate(der)).toMatchObject({ ok: false, problem: { code: 'CERTIFICATE_UNREADABLE' } });
    const san = subjectAltName(['a.example' as CertificateName], false);
    expect(() => makeLeaf(authority, ['a.example'], { plus: [san, san] })).toThrow(/CERTIFICATE_UNREADABLE/);
  });

  it('no bytes make it throw, nor the quick scan', () => {
    const flipped = fc
      .tuple(fc.nat(leaf.der.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, by]) => leaf.der.map((byte, i) => (i === at ? byte ^ by : byte)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), flipped), (der) => {
        const read = readCertificate(der);
        scanCertificate(der);
        if (read.ok) expect(read.value.notAfter).not.toBeNaN();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('scanCertificate', () => {
  it('agrees with the whole reading', () => {
    const { fingerprint, notAfter, names } = leaf;
    expect(unwrap(scanCertificate(leaf.der))).toEqual({ fingerprint, notAfter, names });
  });

  it('a name that pretends to be two is none', () => {
    const forged = makeLeaf(authority, ['a.example, DNS:bank.example', 'b.example']);
    expect(unwrap(scanCertificate(forged.der)).names).toEqual(['b.example']);
    expect(forged.names).toEqual(['b.example']);
  });
});

describe('keyMatches', () => {
  const pkcs8 = (key = newKey()) => new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));
  it('holds for the key of the certificate only', () => {
    const key = newKey();
    const certificate = makeLeaf(authority, ['shop.example'], { key }).der;
    expect(keyMatches(pkcs8(key), certificate)).toBe(true);
    expect(keyMatches(pkcs8(), certificate)).toBe(false);
    expect(keyMatches(pkcs8(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), certificate)).toBe(false);
    expect(keyMatches(new Uint8Array(5), certificate)).toBe(false);
    expect(keyMatches(pkcs8(key), new Uint8Array(5))).toBe(false);
  });
});

describe('isSignedBy', () => {
  const { signed, signature } = leaf;
  it.each([
    ['the algorithm that is named', 'ECDSA_SHA256', true],
    ['another hash', 'ECDSA_SHA384', false],
    ['an algorithm that the key is not for', 'RSA_SHA256', false],
    ['an algorithm that is not believed', '1.2.840.10045.4.1', false],
  ])('%s: %s is %s', (_, algorithm, expected) =>
    expect(isSignedBy(authority.certificate.publicKey, algorithm, signed, signature)).toBe(expected),
  );
});

describe('serials', () => {
  it.each([
    ['01', '01'],
    ['00b3', 'b3'],
    ['7f00', '7f00'],
    ['00', '00'],
    ['ff', '-01'],
    ['', '00'],
  ])('content %s reads %s', (content, text) => expect(formatSerial(Uint8Array.from(Buffer.from(content, 'hex')))).toBe(text));

  it('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 159n) - 1n }), (n) => BigInt(`0x${formatSerial(encodeSerial(n.toString(16)))}`) === n),
    );
  });
});
