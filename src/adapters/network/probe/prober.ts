/** Handshakes by our own client (cores/tls/client): the Prober, and what it offers. */
import type net from 'node:net';
import type { StartTls } from '../../../cores/tls/check/site-check.js';
import type { HandshakeTarget, Observation } from '../../../cores/tls/observation.js';
import { observationOf } from '../../../cores/tls/observe.js';
import type { ClientTools } from '../../../cores/tls/client/client-tools.js';
import type { Clock } from '../../../values/clock.js';
import type { Random } from '../../../values/random.js';
import type { Deadline } from '../dialing/deadline.js';
import type { Dialer } from '../dialing/dialer.js';
import { Limit } from '../../limit.js';
import type { Prober } from '../prober.js';
import { sayStartTls } from './check/plain-talk.js';
import { makeClientTools } from './client-tools.js';
import { talk } from './connection.js';
import { HostLimits, IN_ALL } from './host-limits.js';
import { proofOffer } from './proof-offer.js';

type ProberOptions = {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  /** For one observation, from the first packet. */
  readonly timeoutMs: number;
  /** Said to each server before TLS. */
  readonly startTls?: StartTls;
  /** Shared with whoever else connects to the same servers. */
  readonly limits?: HostLimits;
};

export function makeProber({ dialer, clock, random, timeoutMs, startTls, limits = new HostLimits() }: ProberOptions): Prober {
  const handshake = async (target: HandshakeTarget, tools: ClientTools): Promise<Observation> => {
    const offer = proofOffer(target.servername);
    const prepare = startTls && { prepare: (socket: net.Socket, deadline: Deadline) => sayStartTls(socket, startTls, target, deadline) };
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
