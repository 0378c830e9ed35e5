/** Starts a service again when it ends unasked, a little later each time, until it is plain that it cannot run. */
import { setTimeout as delay } from 'node:timers/promises';
import { problem, type Problem } from '../values/problems/problem.js';
import { ok, type Result } from '../values/result.js';
import { complain, say } from './problems.js';

export type Service = {
  /** Resolves when it is gone, for whatever reason; how, in words. */
  readonly ended: Promise<string>;
  /** Gracefully, and then not; at once where `hurry` says so. Resolves when it is gone. */
  stop(hurry: AbortSignal): Promise<void>;
};

export type Kept = {
  /** Resolves when we give up on it, or, without a problem, after `stop`. */
  readonly failed: Promise<Problem | undefined>;
  stop(hurry: AbortSignal): Promise<void>;
};

/** Resolves early where `signal` aborts. */
type Wait = (ms: number, signal: AbortSignal) => Promise<void>;
const pause: Wait = (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined);

/** A problem where the first start fails: that is for the person who started Hostseal to see and mend. */
export async function keepRunning(name: string, start: () => Promise<Result<Service>>, wait: Wait = pause): Promise<Result<Kept>> {
  let latest = start();
  const first = await latest;
  if (!first.ok) return first;
  const stopping = new AbortController();

  /** Resolves when it is to be given up; undefined where it was stopped. */
  const watch = async (): Promise<Problem | undefined> => {
    for (let deaths = 0; ;) {
      const begun = performance.now();
      const current = await latest;
      if (!current.ok) complain(current.problem);
      const how = current.ok ? await current.value.ended : 'it did not start';
      if (stopping.signal.aborted) return undefined;
      deaths = performance.now() - begun > QUICK_MS ? 1 : deaths + 1;
      if (deaths >= MOST_QUICK_DEATHS) return problem('SERVICE_KEEPS_DYING', { service: name, times: deaths, detail: how });
      say(`${name} ended unexpectedly (${how}); starting it again.`);
      await wait(deaths * PAUSE_MS, stopping.signal);
      if (stopping.signal.aborted) return undefined;
      latest = start();
    }
  };
  return ok({
    failed: watch(),
    stop: async (hurry) => {
      stopping.abort();
      const current = await latest; // also one that is just being started again
      if (current.ok) await current.value.stop(hurry);
    },
  });
}

/** What ran this long was started well; its end is a new story. */
const QUICK_MS = 60_000;
/** Three in a row are no accident any more. */
const MOST_QUICK_DEATHS = 3;
const PAUSE_MS = 1_000;
