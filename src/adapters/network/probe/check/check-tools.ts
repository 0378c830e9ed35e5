/** Keys of one check, and the age of what is resumed with. */
import type { ClientOffer } from '../../../../cores/tls/client/client-offer.js';
import type { ClientTools } from '../../../../cores/tls/client/client-tools.js';
import type { Resumption } from '../../../../cores/tls/client/resumption.js';
import type { SeenTicket } from '../../../../cores/tls/client/seen.js';
import type { Until } from '../../../../cores/tls/client/tls-client.js';
import type { Random } from '../../../../values/random.js';
import { makeClientTools } from '../client-tools.js';

/** RFC 7919. */
const FINITE_FIELDS: ReadonlySet<number> = new Set([0x0100, 0x0101, 0x0102, 0x0103, 0x0104]);

export class CheckTools {
  readonly #fresh: ClientTools;
  readonly #reused: ClientTools;
  readonly #cameAt = new WeakMap<Resumption, number>();

  constructor(random: Random) {
    this.#fresh = makeClientTools({ random });
    const reused = makeClientTools({ random, reuseKeyShares: true });
    // Which finite field a server wants is said before a share of ours is needed, and making one takes longer than all else in a check.
    this.#reused = { ...reused, keyShare: (group) => (FINITE_FIELDS.has(group) ? undefined : reused.keyShare(group)) };
  }

  /** A key is used again only for what is given up before anything can be said. */
  for(until: Until): ClientTools {
    return until === 'FINISHED' ? this.#fresh : this.#reused;
  }

  keep(tickets: readonly SeenTicket[]): void {
    for (const { resumption } of tickets) this.#cameAt.set(resumption, performance.now());
  }

  /** RFC 8446 4.2.11.1: a PSK is offered with the time since its ticket came. */
  aged(offer: ClientOffer): ClientOffer {
    const { resume } = offer;
    if (resume?.kind !== 'PSK') return offer;
    const now = performance.now();
    return { ...offer, resume: { ...resume, ageMs: Math.round(now - (this.#cameAt.get(resume) ?? now)) } };
  }
}
