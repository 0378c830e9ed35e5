/** Chains that are made to keep whoever judges them busy: they are told, and cost what they may, in many steps. */
import { describe, expect, it } from 'vitest';
import { encodeName } from '../../../../src/cores/pki/encoding/name-encoding.js';
import { diagnoseInSteps } from '../../../../src/cores/tls/diagnosis/diagnose.js';
import type { Diagnosis, Evidence } from '../../../../src/cores/tls/diagnosis/diagnosis.js';
import { healthyAddress } from '../../../support/tls/site-check.js';
import { makeAuthority, makeLeaf, newKey, type Authority } from '../../pki/certificate-maker.js';
import { chainOf, evidence, good, intermediate, root } from './shop.js';

/** All of one name, each signed by the same key, which none of them has: every one of them could be the issuer of every other. */
const NAME = encodeName('Test', 'Mesh');
const signer: Authority = { key: newKey('P-521'), certificate: { ...root.certificate, subjectDer: NAME } };
const mesh = Array.from({ length: 40 }, () => makeAuthority('', signer, { subjectDer: NAME, key: newKey('P-521') }).certificate.der);
const meshed = () => [makeLeaf(signer, ['shop.example']).der, ...mesh];

function told(seen: Evidence): { readonly found: readonly Diagnosis[]; readonly steps: number } {
  const work = diagnoseInSteps(seen);
  for (let steps = 1; ; steps++) {
    const step = work.next();
    if (step.done) return { found: step.value, steps };
  }
}
const showing = (chains: readonly (readonly Uint8Array[])[]): Evidence => {
  const place = healthyAddress(chains[0]!);
  return evidence([{ ...place, certificates: chains.map((chain) => ({ chain, versions: [0x0304] })) }]);
};

describe('a server that shows chains to keep us busy', () => {
  it('is told that they cost too much, and of those that were not judged at all', () => {
    const { found, steps } = told(showing([meshed(), ...Array.from({ length: 29 }, () => chainOf(makeLeaf(intermediate)))]));
    expect(found).toMatchObject([
      { cause: 'CERTIFICATE_UNUSABLE', evidence: { code: 'PATH_TOO_COSTLY' } },
      { cause: 'COULD_NOT_FIND_OUT', severity: 'UNKNOWN', evidence: { what: 'whether 6 more chains hold' } },
    ]);
    expect(steps).toBeGreaterThan(24);
  });

  it('is judged by what else it shows all the same', () => {
    const { found } = told(showing([chainOf(good), [...chainOf(makeLeaf(intermediate)), ...mesh]]));
    expect(found).toEqual([]);
  });

  it('that sends a bundle of all CAs behind its certificate has its issuer found in it', () => {
    const others = Array.from({ length: 150 }, (_, i) => makeAuthority(`CA ${i}`).certificate.der);
    const { found } = told(showing([[good.der, ...others, intermediate.certificate.der]]));
    expect(found.map(({ cause }) => cause)).toEqual(['CHAIN_OUT_OF_ORDER']);
  });
});
