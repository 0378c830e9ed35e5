/** Handshakes by our own client (cores/tls/client): the Prober, and what it offers. */
import type { HandshakeTarget, Observation } from '../../../cores/tls/observation.js';
import { observationOf } from '../../../cores/tls/observe.js';
import type { ClientTools } from '../../../cores/tls/client/client-tools.js';
import type { Clock } from '../../../values/clock.js';
import type { Random } from '../../../values/random.js';
import type { Dialer } from '../dialer.js';
import { Limit } from '../limit.js';
import type { Prober } from '../prober.js';
import { makeClientTools } from './client-tools.js';
import { talk } from './connection.js';
import { proofOffer } from './proof-offer.js';

type ProberOptions = {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  /** For one observation, from the first packet. */
  readonly timeoutMs: number;
};

/** Scanners are banned above a handful; a shared server behind one address meets thousands of names in one round. */
const PER_HOST = 4;
/** Sockets of this process, over all hosts. */
const IN_ALL = 64;

export function makeProber({ dialer, clock, random, timeoutMs }: ProberOptions): Prober {
  const hosts = new Map<string, Limit>();
  const inAll = new Limit(IN_ALL);

  const handshake = async (target: HandshakeTarget, tools: ClientTools): Promise<Observation> => {
    const offer = proofOffer(target.servername);
    return observationOf(await talk({ target, offer, until: 'FINISHED' }, { dialer, clock, tools, timeoutMs }));
  };
  const observe = async (target: HandshakeTarget, tools: ClientTools): Promise<Observation> => {
    const host = target.socketPath ?? target.address;
    const limit = hosts.get(host) ?? new Limit(PER_HOST);
    hosts.set(host, limit);
    try {
      return await limit.run(() => inAll.run(() => handshake(target, tools)));
    } finally {
      if (limit.idle) hosts.delete(host);
    }
  };
  return {
    observe: (target) => observe(target, makeClientTools({ random })),
    observeAll(targets, { concurrency = IN_ALL } = {}) {
      const ofCall = new Limit(concurrency);
      const tools = makeClientTools({ random, reuseKeyShares: true });
      return Promise.all(targets.map((target) => ofCall.run(() => observe(target, tools))));
    },
  };
}
