/** Handshakes as evidence: one observation per target, a few at a time, so that no server takes us for an attack. */
import type { HandshakeTarget, Observation } from '../../cores/tls/observation.js';

export interface Prober {
  observe(target: HandshakeTarget): Promise<Observation>;
  /**
   * In the order of `targets`. `concurrency` bounds this call; four at once per address is the most in any case, other calls
   * on this Prober counted in.
   */
  observeAll(targets: readonly HandshakeTarget[], options?: { readonly concurrency?: number }): Promise<readonly Observation[]>;
}
/** Nest token. */
export const PROBER = Symbol('Prober');
