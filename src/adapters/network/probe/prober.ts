/** Handshakes by our own client (cores/tls/client): the Prober, and what it offers. */
import type { HandshakeTarget, Observation } from '../../../cores/tls/observation.js';
import { observationOf } from '../../../cores/tls/observe.js';
import type { ClientTools } from '../../../cores/tls/client/client-tools.js';
import type { Clock } from '../../../values/clock.js';
import type { Random } from '../../../values/random.js';
import type { Socket } from 'node:net';
import type { Deadline } from '../dialing/deadline.js';
import type { Dialer } from '../dialing/dialer.js';
import { Limit } from '../../limit.js';
import type { Prober } from '../prober.js';
import { makeClientTools } from './client-tools.js';
import { talk } from './connection.js';
import { sayStartTls } from './plain-talk.js';
import { HostLimits, IN_ALL } from './host-limits.js';
import { proofOffer } from './proof-offer.js';

type ProberOptions = {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  /** For one observation, from the first packet. */
  readonly timeoutMs: number;
  /** Shared with whoever else connects to the same servers. */
  readonly limits?: HostLimits;
};

export function makeProber({ dialer, clock, random, timeoutMs, limits = new HostLimits() }: ProberOptions): Prober {
  const handshake = async (target: HandshakeTarget, tools: ClientTools): Promise<Observation> => {
    const offer = proofOffer(target.servername, target.keyFamily);
    const { startTls } = target;
    const prepare = startTls && { prepare: (socket: Socket, deadline: Deadline) => sayStartTls(socket, startTls, target, deadline) };
    return observationOf(await talk({ target, offer, until: 'FINISHED', ...prepare }, { dialer, clock, tools, timeoutMs }));
  };
  const observe = (target: HandshakeTarget, tools: ClientTools): Promise<Observation> =>
    limits.run(target.socketPath ?? target.address, () => handshake(target, tools));
  return {
    observe: (target) => observe(target, makeClientTools({ random })),
    observeAll(targets, { concurrency = IN_ALL } = {}) {
      const ofCall = new Limit(concurrency);
      const tools = makeClientTools({ random, reuseKeyShares: true });
      return Promise.all(targets.map((target) => ofCall.run(() => observe(target, tools))));
    },
  };
}
