import { expect, it } from 'vitest';
import type { Certificate } from '../../../src/cores/pki/certificate.js';
import { renewalCertificateId } from '../../../src/cores/pki/renewal-certificate-id.js';

const certificate = (fields: Partial<Certificate>) => fields as Certificate;

it('the example of RFC 9773 4.1, whose serial number begins with a zero octet', () => {
  const example = certificate({ authorityKeyIdentifier: '69885b6b87464041e1b37b847ba0ae2cde01c8d4', serial: '87654321' });
  expect(renewalCertificateId(example)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
});

it('a serial number that needs no zero octet gets none', () => {
  expect(renewalCertificateId(certificate({ authorityKeyIdentifier: '00', serial: '7f' }))).toBe('AA.fw');
});

it('a certificate that does not say whose key signed it has none', () => {
  expect(renewalCertificateId(certificate({ serial: '01' }))).toBeUndefined();
});
