import { sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleCrl, encodeTbsCrl, type CrlTemplate } from '../../../src/cores/pki/revocation/crl-encoding.js';
import { readCrl } from '../../../src/cores/pki/revocation/crl.js';
import { days, type Instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { makeAuthority, NOW } from './certificate-maker.js';

const authority = makeAuthority('CA');
const template: CrlTemplate = {
  issuerDer: authority.certificate.subjectDer,
  authorityKeyIdentifier: authority.certificate.subjectKeyIdentifier ?? '',
  number: 7,
  thisUpdate: NOW,
  nextUpdate: (NOW + days(7)) as Instant,
  revocations: [],
  signatureAlgorithm: 'ECDSA_SHA256',
};
const make = (changes: Partial<CrlTemplate>): Uint8Array => {
  const tbs = encodeTbsCrl({ ...template, ...changes });
  return assembleCrl(tbs, 'ECDSA_SHA256', sign('sha256', tbs, authority.key));
};

describe('revocation lists', () => {
  it.each([
    { name: 'an empty one', revocations: [] },
    {
      name: 'one with a reason and one without',
      revocations: [
        { serial: 'b3', at: NOW, reason: 1 },
        { serial: '04d2', at: NOW, reason: 0 },
      ],
    },
  ])('$name reads as it was written', ({ revocations }) => {
    const crl = unwrap(readCrl(make({ revocations })));
    expect(crl).toMatchObject({ number: 7, thisUpdate: NOW, nextUpdate: NOW + days(7), revocations });
    expect(crl.isSignedBy(authority.certificate.publicKey)).toBe(true);
    expect(crl.isSignedBy(makeAuthority('CA').certificate.publicKey)).toBe(false);
  });

  it('no bytes make the reading throw, and none that were changed count as signed', () => {
    const der = make({ revocations: [{ serial: 'b3', at: NOW, reason: 1 }] });
    const flipped = fc
      .tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, by]) => der.map((byte, i) => (i === at ? byte ^ by : byte)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), flipped), (bytes) => {
        const read = readCrl(bytes);
        expect(read.ok && read.value.isSignedBy(authority.certificate.publicKey)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
