/** Handshakes as evidence: one observation per target, a few at a time, so that no server takes us for an attack. */
import type { HandshakeTarget, Observation } from '../../cores/tls/observation.js';

/** `target`: the very one that was handed in, with whatever else its owner keeps in it; the observation has the place alone. */
export type Swept<Target> = { readonly target: Target; readonly observation: Observation };

export interface Prober {
  observe(target: HandshakeTarget): Promise<Observation>;
  /**
   * One handshake with each target, as cheap as can be, in the order in which they end: those that end at about the same time together, none
   * later than a quarter of a second. Targets are taken as places become free, so that any number of them costs no more memory than a
   * thousand; four at once per address is the most, other calls on this Prober counted in, and a slow address keeps the others waiting only
   * where the thousand are all its own. Aborted, or left by who reads: nothing more is begun, what is under way is cut off, and none of it is
   * told.
   */
  sweep<Target extends HandshakeTarget>(
    targets: AsyncIterable<Target> | Iterable<Target>,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<readonly Swept<Target>[]>;
}
/** Nest token. */
export const PROBER = Symbol('Prober');
