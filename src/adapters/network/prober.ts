/** Handshakes as evidence: one observation per target, a few at a time, so that no server takes us for an attack. */
import type { HandshakeTarget, Observation } from '../../cores/tls/observation.js';
import type { Clock } from '../../values/clock.js';
import type { Dialer } from './dialer.js';
import { performHandshake } from './handshake.js';
import { Limit } from './limit.js';

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

type ProberOptions = {
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** For one observation, from the first packet. */
  readonly timeoutMs: number;
};

/** Scanners are banned above a handful; a shared server behind one address meets thousands of names in one round. */
const PER_HOST = 4;
/** Sockets of this process, over all hosts. */
const IN_ALL = 64;

export function makeProber(options: ProberOptions): Prober {
  const hosts = new Map<string, Limit>();
  const inAll = new Limit(IN_ALL);

  const observe = async (target: HandshakeTarget): Promise<Observation> => {
    const host = target.socketPath ?? target.address;
    const limit = hosts.get(host) ?? new Limit(PER_HOST);
    hosts.set(host, limit);
    try {
      return await limit.run(() => inAll.run(() => performHandshake(target, options)));
    } finally {
      if (limit.idle) hosts.delete(host);
    }
  };
  return {
    observe,
    observeAll(targets, { concurrency = IN_ALL } = {}) {
      const ofCall = new Limit(concurrency);
      return Promise.all(targets.map((target) => ofCall.run(() => observe(target))));
    },
  };
}
