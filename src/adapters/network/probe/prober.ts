/** Handshakes by our own client (cores/tls/client): the Prober, and what it offers. */
import { setMaxListeners } from 'node:events';
import type { KeyFamily } from '../../../cores/pki/encoding/key-algorithm.js';
import type { ClientTools } from '../../../cores/tls/client/client-tools.js';
import type { HandshakeTarget, Observation } from '../../../cores/tls/observation.js';
import { observationOf } from '../../../cores/tls/observe.js';
import { HelloTemplate } from '../../../cores/tls/client/hello/hello-template.js';
import type { Clock } from '../../../values/clock.js';
import type { Random } from '../../../values/random.js';
import type { Socket } from 'node:net';
import type { Deadline } from '../dialing/deadline.js';
import type { Dialer } from '../dialing/dialer.js';
import type { Prober } from '../prober.js';
import { makeClientTools } from './client-tools.js';
import { talk, type TalkMeans } from './connection.js';
import { HostLimits } from './host-limits.js';
import { sayStartTls } from './plain-talk.js';
import { proofOffer } from './proof-offer.js';
import { stoppableDialer } from './stopping.js';
import { sweep } from './sweep.js';

type ProberOptions = {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  /** For one observation, from the first packet. */
  readonly timeoutMs: number;
  /** Shared with whoever else connects to the same servers. */
  readonly limits?: HostLimits;
};

/**
 * In hand are mostly those that wait for their address's turn: with fewer, one that hangs would keep all others out; with more, a sweep would
 * hold what was long ago read of what it looks at. Together are as many as can well be written down at once; told one by one, writing them
 * costs more than the handshakes.
 */
const PACE = { inHand: 1_000, together: 200, gatherMs: 250 };

export function makeProber({ dialer, clock, random, timeoutMs, limits = new HostLimits() }: ProberOptions): Prober {
  const observe = (target: HandshakeTarget, means: TalkMeans, template?: HelloTemplate): Promise<Observation> =>
    limits.run(target.socketPath ?? target.address, async () => {
      const { startTls } = target;
      const prepare = startTls && { prepare: (socket: Socket, deadline: Deadline) => sayStartTls(socket, startTls, target, deadline) };
      const offer = proofOffer(target.servername, target.keyFamily);
      return observationOf(await talk({ target, offer, ...(template && { template }), until: 'FINISHED', ...prepare }, means));
    });
  return {
    observe: (target) => observe(target, { dialer, clock, tools: makeClientTools({ random }), timeoutMs }),
    async *sweep(targets, { signal } = {}) {
      const left = new AbortController();
      const stopped = AbortSignal.any([left.signal, ...(signal ? [signal] : [])]);
      // One for each connection that is open.
      setMaxListeners(0, stopped);
      // Nothing is ever said on these connections, so that one key for each group does for all.
      const tools = makeClientTools({ random, reuseKeyShares: true });
      const templates = new Templates(tools);
      const means = { dialer: stoppableDialer(dialer, stopped), clock, tools, timeoutMs };
      const look = async <Target extends HandshakeTarget>(target: Target) => ({
        target,
        observation: await observe(placeOf(target), means, templates.for(target.keyFamily)),
      });
      try {
        yield* sweep(targets, look, { ...PACE, stopped });
      } finally {
        left.abort();
      }
    },
  };
}

/** Without what else its owner keeps in it. */
const placeOf = ({ address, port, socketPath, startTls, servername, keyFamily }: HandshakeTarget): HandshakeTarget => ({
  ...{ address, port },
  ...(socketPath !== undefined && { socketPath }),
  ...(startTls !== undefined && { startTls }),
  ...(servername !== undefined && { servername }),
  ...(keyFamily !== undefined && { keyFamily }),
});

/** One for each offer. */
class Templates {
  readonly #made = new Map<KeyFamily | undefined, HelloTemplate>();

  constructor(private readonly tools: ClientTools) {}

  for(family: KeyFamily | undefined): HelloTemplate {
    const template = this.#made.get(family) ?? new HelloTemplate(proofOffer(undefined, family), this.tools);
    this.#made.set(family, template);
    return template;
  }
}
