/** Keys for our TLS client, by node:crypto, and randomness. */
import type { ClientTools, KeyShare } from '../../../cores/tls/client/client-tools.js';
import { groupName } from '../../../cores/tls/registry/groups.js';
import type { Random } from '../../../values/random.js';
import { ffdheShare, finiteFieldShare } from './finite-field-share.js';
import { curveShare, hybridShare, montgomeryShare } from './key-shares.js';

type Options = {
  readonly random: Random;
  /**
   * One key for each group, for as long as these tools live: a sweep of thousands of handshakes that carry nothing needs no other. Never
   * for a connection on which something is said.
   */
  readonly reuseKeyShares?: boolean;
};

export function makeClientTools({ random, reuseKeyShares = false }: Options): ClientTools {
  const kept = new Map<number, KeyShare | undefined>();
  return {
    bytes: (length) => random.bytes(length),
    keyShare(group) {
      if (!reuseKeyShares) return makeKeyShare(group, random);
      if (!kept.has(group)) kept.set(group, makeKeyShare(group, random));
      return kept.get(group);
    },
    finiteFieldShare: (prime, generator) => finiteFieldShare(prime, generator, random),
  };
}

function makeKeyShare(group: number, random: Random): KeyShare | undefined {
  const name = groupName(group);
  switch (name) {
    case 'x25519':
    case 'x448':
      return montgomeryShare(name);
    case 'X25519MLKEM768':
      return hybridShare('ml-kem-768', montgomeryShare('x25519'), 'KEM_FIRST');
    case 'SecP256r1MLKEM768':
      return hybridShare('ml-kem-768', curveShare('secp256r1'), 'CURVE_FIRST');
    case 'SecP384r1MLKEM1024':
      return hybridShare('ml-kem-1024', curveShare('secp384r1'), 'CURVE_FIRST');
    case 'MLKEM512':
    case 'MLKEM768':
    case 'MLKEM1024':
      return hybridShare(`ml-kem-${Number(name.slice(5)) as 512 | 768 | 1024}`, undefined, 'KEM_FIRST');
    default:
      return name.startsWith('ffdhe') ? ffdheShare(name, random) : curveShare(name);
  }
}
