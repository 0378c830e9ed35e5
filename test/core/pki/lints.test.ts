import { readdirSync } from 'node:fs';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../../src/cores/pki/certificate.js';
import { lint, LINTS } from '../../../src/cores/pki/lints/lint-certificate.js';
import type { Hostname } from '../../../src/values/hostname.js';
import { days, type Instant } from '../../../src/values/instant.js';
import { makeAuthority, makeLeaf, NOW } from './certificate-maker.js';

const good = makeLeaf(makeAuthority('CA'));
const at = (day: string): Instant => Date.parse(`${day}T00:00:00Z`) as Instant;
const lasting = (from: Instant, n: number, more = 0): Partial<Certificate> => ({
  notBefore: from,
  notAfter: (from + days(n) - 1000 + more) as Instant,
});
const ed25519 = new Uint8Array(createPublicKey(generateKeyPairSync('ed25519').privateKey).export({ format: 'der', type: 'spki' }));
const dns = (value: string) => ({ type: 'dns' as const, value });

describe('lints', () => {
  it('a good certificate breaks none', () => expect(lint(good, NOW)).toEqual([]));

  const bad: { lint: string; because: string; change: Partial<Certificate>; issuedAt?: Instant }[] = [
    { lint: 'authority-key-identifier-present', because: 'no issuer key', change: { authorityKeyIdentifier: undefined } },
    { lint: 'basic-constraints-not-ca', because: 'a CA', change: { isCa: true } },
    { lint: 'basic-constraints-not-ca', because: 'a path length', change: { pathLength: 0 } },
    { lint: 'common-name-in-san', because: 'another name', change: { commonNames: ['other.example'] } },
    { lint: 'common-name-in-san', because: 'an address', change: { commonNames: ['192.0.2.1'] } },
    { lint: 'common-name-in-san', because: 'two of them', change: { commonNames: ['shop.example', 'shop.example'] } },
    ...['my_shop.example', '192.0.2.1', 'shop.example.', ' shop.example', 'a..b', '*.*.example', 'bücher.example', '0x7f.1'].map(
      (name) => ({
        lint: 'dns-names-well-formed',
        because: name,
        change: { subjectAltNames: [dns('shop.example'), dns(name)] },
      }),
    ),
    { lint: 'extended-key-usage-server-auth', because: 'none', change: { extendedKeyUsage: undefined } },
    { lint: 'extended-key-usage-server-auth', because: 'any', change: { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'] } },
    { lint: 'key-allowed', because: 'Ed25519', change: { publicKey: ed25519 } },
    { lint: 'key-usage-fits-key', because: 'ECDSA cannot encipher', change: { keyUsage: ['digitalSignature', 'keyEncipherment'] } },
    { lint: 'key-usage-fits-key', because: 'ECDSA has to sign', change: { keyUsage: ['keyAgreement'] } },
    { lint: 'key-usage-fits-key', because: 'RSA and certificates', change: { keyAlgorithm: 'RSA_2048', keyUsage: ['keyCertSign'] } },
    { lint: 'no-name-constraints', because: 'constraints', change: { nameConstraints: { permitted: [dns('example')], excluded: [] } } },
    { lint: 'not-before-near-issuance', because: 'backdated', change: {}, issuedAt: (NOW + days(3)) as Instant },
    { lint: 'one-reserved-policy', because: 'none', change: { policies: [] } },
    { lint: 'one-reserved-policy', because: 'DV and OV', change: { policies: ['2.23.140.1.2.1', '2.23.140.1.2.2'] } },
    { lint: 'san-critical-without-subject', because: 'not critical', change: { subjectAltNamesCritical: false } },
    { lint: 'san-critical-without-subject', because: 'critical beside a subject', change: { subject: 'CN=shop.example' } },
    { lint: 'san-present', because: 'none', change: { subjectAltNames: undefined, names: [] } },
    { lint: 'san-present', because: 'a mailbox', change: { subjectAltNames: [{ type: 'email', value: 'a@example' }] } },
    { lint: 'serial-unpredictable', because: 'zero', change: { serial: '00' } },
    { lint: 'serial-unpredictable', because: 'negative', change: { serial: '-4a11111111111111' } },
    { lint: 'serial-unpredictable', because: 'a counter', change: { serial: '04d2' } },
    { lint: 'serial-unpredictable', because: '160 bits', change: { serial: `80${'00'.repeat(19)}` } },
    { lint: 'signature-algorithm-allowed', because: 'SHA-1', change: { signatureAlgorithm: '1.2.840.113549.1.1.5' } },
    { lint: 'validity-max-days', because: '200 days and a second', change: lasting(NOW, 200, 1000), issuedAt: NOW },
    { lint: 'validity-max-days', because: '101 days in 2027', change: lasting(at('2027-03-15'), 101), issuedAt: at('2027-03-15') },
    { lint: 'validity-max-days', because: '48 days in 2029', change: lasting(at('2029-03-15'), 48), issuedAt: at('2029-03-15') },
  ];
  it.each(bad)('$lint fails for $because, and nothing else does', ({ lint: id, change, issuedAt }) => {
    expect(lint({ ...good, ...change }, issuedAt ?? NOW).map(({ code, facts }) => [code, facts['lint']])).toEqual([['LINT_FAILED', id]]);
  });

  const fine: { because: string; change: Partial<Certificate>; issuedAt?: Instant }[] = [
    { because: 'exactly 200 days', change: lasting(NOW, 200), issuedAt: NOW },
    { because: '200 days on the last day that allows them', change: lasting(at('2027-03-14'), 200), issuedAt: at('2027-03-14') },
    { because: '100 days from then on', change: lasting(at('2027-03-15'), 100), issuedAt: at('2027-03-15') },
    { because: '398 days before 2026-03-15', change: lasting(at('2026-03-14'), 398), issuedAt: at('2026-03-14') },
    { because: 'five years before there was a limit', change: lasting(at('2015-01-01'), 1825), issuedAt: at('2015-01-01') },
    { because: 'a common name in capitals', change: { commonNames: ['SHOP.example'], names: ['shop.example' as Hostname] } },
  ];
  it.each(fine)('content with $because', ({ change, issuedAt }) => expect(lint({ ...good, ...change }, issuedAt ?? NOW)).toEqual([]));

  it('a private CA is held to what clients need, and not to the rules for public ones', () => {
    const lax: Partial<Certificate> = {
      policies: [],
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      commonNames: ['other.example'],
      ...lasting(NOW, 825),
    };
    expect(lint({ ...good, ...lax }, NOW, true)).toEqual([]);
    expect(lint({ ...good, ...lax, isCa: true, serial: '00' }, NOW, true).map(({ facts }) => facts['lint'])).toEqual([
      'basic-constraints-not-ca',
      'serial-unpredictable',
    ]);
  });

  it('every lint has a file of its name, is in the list, and has a bad example above', () => {
    const files = readdirSync(new URL('../../../src/cores/pki/lints/', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
    expect(LINTS.map(({ id }) => id)).toEqual(files.filter((file) => !file.startsWith('lint')).sort());
    expect([...new Set(bad.map((row) => row.lint))].sort()).toEqual(LINTS.map(({ id }) => id));
  });
});
