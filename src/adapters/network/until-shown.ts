/** Waits for servers that begin to show a certificate some time after they were told to: they are looked at until they do. */
import type { HandshakeTarget, Observation } from '../../cores/tls/observation.js';
import { Deadline } from './dialing/deadline.js';
import type { Prober } from './prober.js';

export type Expected = {
  readonly target: HandshakeTarget;
  /** DER, leaf first. */
  readonly accepts: (chain: readonly Uint8Array[]) => boolean;
};
export type NotShown = { readonly expected: Expected; readonly last: Observation };

/** Between two looks at one server. */
const PAUSE_MS = 100;

/** Those that did not come within `limitMs`, with what was seen last. */
export async function untilShown(prober: Prober, all: readonly Expected[], limitMs: number): Promise<readonly NotShown[]> {
  const deadline = new Deadline(limitMs);
  for (let waiting = all; ;) {
    const missing: NotShown[] = [];
    for await (const batch of prober.sweep(waiting.map((expected) => ({ ...expected.target, expected })))) {
      for (const { target, observation: last } of batch) {
        const { expected } = target;
        if (!last.session || !expected.accepts(last.session.chain)) missing.push({ expected, last });
      }
    }
    if (missing.length === 0 || deadline.remainingMs === 0) return missing;
    waiting = missing.map(({ expected }) => expected);
    await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS, deadline.remainingMs)));
  }
}
