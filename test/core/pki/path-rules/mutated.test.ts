import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCertificate, type Certificate } from '../../../../src/cores/pki/certificate.js';
import { validatePath } from '../../../../src/cores/pki/path/validate-path.js';
import { makeLeaf } from '../certificate-maker.js';
import { HOST, intermediate, request, root } from './rule-table.js';

/** One octet changed, or a piece put in elsewhere. */
const mutated = ({ der }: Certificate) =>
  fc.oneof(
    fc
      .tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, by]) => der.map((octet, i) => (i === at ? octet ^ by : octet))),
    fc
      .tuple(fc.nat(der.length), fc.nat(der.length), fc.nat(der.length))
      .map(
        ([a, b, at]) =>
          new Uint8Array(Buffer.concat([der.subarray(0, at), der.subarray(Math.min(a, b), Math.max(a, b)), der.subarray(at)])),
      ),
  );

const leaf = makeLeaf(intermediate, [HOST]);

it.each(['CONFORMING', 'HANDSHAKE'] as const)('no certificate that was changed holds or makes the judging throw (%s)', (profile) => {
  fc.assert(
    fc.property(fc.oneof(mutated(leaf), mutated(intermediate.certificate)), (der) => {
      const read = readCertificate(der);
      if (!read.ok || Buffer.from(der).equals(leaf.der) || Buffer.from(der).equals(intermediate.certificate.der)) return;
      expect(validatePath(request(read.value, { profile })).ok).toBe(false);
      expect(validatePath(request(leaf, { profile, intermediates: [read.value] })).ok).toBe(false);
    }),
    { numRuns: 400 },
  );
});

it('a root that was changed makes nothing throw', () => {
  fc.assert(
    fc.property(mutated(root.certificate), (der) => {
      const read = readCertificate(der);
      if (read.ok) validatePath(request(leaf, { roots: [read.value] }));
    }),
    { numRuns: 300 },
  );
});
