import { expect, it } from 'vitest';
import { chainPem } from '../../../../src/features/certificates/certificate.js';
import { parsePem } from '../../../../src/values/pem.js';

it('a chain is shown as PEM, in its order', () => {
  const chain = [Uint8Array.of(0x30, 1, 1), Uint8Array.of(0x30, 1, 2)];
  expect(parsePem('CERTIFICATE', chainPem(chain))).toEqual({ ok: true, value: chain });
});
