import { beforeAll, describe, expect, it } from 'vitest';
import { completeChain } from '../../../src/cores/pki/path/complete-chain.js';
import { instant } from '../../../src/values/instant.js';
import { makeCa, type TestCa } from '../../support/pki/certificates.js';

describe('the chain that a server has to send', () => {
  let ca: TestCa;
  let other: TestCa;
  let leaf: Uint8Array;
  const now = instant(Date.now());
  beforeAll(async () => {
    [ca, other] = [await makeCa('One'), await makeCa('Other')];
    leaf = (await ca.issue({ names: ['shop.example'] })).leafDer;
  });
  const hex = (ders: readonly Uint8Array[]) => ders.map((der) => Buffer.from(der).toString('hex'));

  it.each<{ name: string; chain: () => readonly Uint8Array[]; others: () => readonly Uint8Array[] }>([
    { name: 'is whole already', chain: () => [leaf, ca.intermediateDer], others: () => [] },
    { name: 'lacks the intermediate, which another has', chain: () => [leaf], others: () => [other.intermediateDer, ca.intermediateDer] },
    {
      name: 'is in the wrong order, with the root and a stranger in it',
      chain: () => [leaf, ca.rootDer, other.rootDer, ca.intermediateDer],
      others: () => [],
    },
  ])('is the leaf and its issuers, below the root, where what is kept $name', ({ chain, others }) => {
    const whole = completeChain(chain(), others(), [ca.rootDer], now);
    expect(whole.ok && hex(whole.value)).toEqual(hex([leaf, ca.intermediateDer]));
  });

  it('is not to be found where nobody has the intermediate, or there is no leaf', () => {
    expect(completeChain([leaf], [other.intermediateDer], [ca.rootDer], now)).toMatchObject({
      problem: { code: 'CHAIN_MISSING_INTERMEDIATE' },
    });
    expect(completeChain([], [], [], now)).toMatchObject({ problem: { code: 'CERTIFICATE_UNREADABLE' } });
  });
});
