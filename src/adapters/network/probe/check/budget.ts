/** How the connections of one check are shared among the addresses of a site: each gets a handshake, and as many as can all the rest. */
import type { Depth } from '../../../../cores/tls/check/site-check.js';
import { LEAST_CONNECTIONS } from '../../site-checker.js';

export type Share = { readonly depth: Depth; readonly budget: number };

/** No address is begun in full with less: an intermediate policy takes about 35, 40 with two certificates. */
const FULL = 45;
/** Servers of one name are mostly alike. */
const ROOM = 1.25;

/** The first address is looked at alone, since it shows what the others will take. */
export const firstShare = (budget: number, others: number): Share => shareOf(budget - others * LEAST_CONNECTIONS);

/** Of what the first left, in the order in which they matter: in full as many as that is enough for, and all others briefly. */
export function otherShares(left: number, others: number, { used }: { readonly used: number }): readonly Share[] {
  const full = Math.max(FULL, Math.ceil(used * ROOM));
  const affordable = Math.floor((left - others * LEAST_CONNECTIONS) / (full - LEAST_CONNECTIONS));
  const inFull = Math.max(0, Math.min(others, affordable));
  const spare = left - inFull * full - (others - inFull) * LEAST_CONNECTIONS;
  return Array.from({ length: others }, (_, i) =>
    i < inFull ? { depth: 'FULL', budget: full + Math.floor(spare / inFull) } : { depth: 'BRIEF', budget: LEAST_CONNECTIONS },
  );
}

const shareOf = (budget: number): Share => ({ depth: budget < FULL ? 'BRIEF' : 'FULL', budget });
