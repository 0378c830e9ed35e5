import { expect, it } from 'vitest';
import { REVOCATION_REASONS as ISSUERS_REASONS } from '../../../../src/adapters/issuers/issuer.js';
import { chainPem, daysLeft, REVOCATION_REASONS } from '../../../../src/features/certificates/certificate.js';
import { days, hours, instant, plus } from '../../../../src/values/instant.js';
import { parsePem } from '../../../../src/values/pem.js';

it('days left count down through zero', () => {
  const notAfter = instant(Date.UTC(2027, 0, 31));
  const at = [plus(notAfter, days(-90)), plus(notAfter, hours(-12)), notAfter, plus(notAfter, days(1))];
  expect(at.map((now) => daysLeft(notAfter, now))).toEqual([90, 0.5, 0, -1]);
});

it('a chain is shown as PEM, in its order', () => {
  const chain = [Uint8Array.of(0x30, 1, 1), Uint8Array.of(0x30, 1, 2)];
  expect(parsePem('CERTIFICATE', chainPem(chain))).toEqual({ ok: true, value: chain });
});

it('a caller may give the reasons that issuers understand', () => {
  expect(REVOCATION_REASONS).toEqual(Object.keys(ISSUERS_REASONS));
});
