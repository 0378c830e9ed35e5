/**
 * Starts a service again when it ends unasked, a little later each time. What has worked once is never given up: the others go
 * on meanwhile, and the edge serves. What has never worked is for the person who started Hostseal to see and mend.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../values/problems/catalogue.js';
import { problem, type Problem } from '../values/problems/problem.js';
import { err, ok, type Result } from '../values/result.js';
import { complain, say } from './problems.js';

export type Service = {
  /** Resolves when it works; never where it ends before. Without it, it works from its start on. */
  readonly ready?: Promise<unknown>;
  /** Resolves when it is gone, for whatever reason. */
  readonly ended: Promise<Ending>;
  /** Gracefully, and then not; at once where `hurry` says so. Resolves when it is gone. */
  stop(hurry: AbortSignal): Promise<void>;
};

/** How it ended, in words; and why it cannot run, where that is known. */
export type Ending = { readonly how: string; readonly problem?: Problem };

export type Kept = {
  /** Resolves when it cannot be made to work at this start, or, without a problem, after `stop`. */
  readonly failed: Promise<Problem | undefined>;
  stop(hurry: AbortSignal): Promise<void>;
};

/** Resolves early where `signal` aborts. */
type Wait = (ms: number, signal: AbortSignal) => Promise<void>;
const pause: Wait = (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined);

/** A problem where the first start fails; `failed` tells where it fails later than that. */
export async function keepRunning(name: string, start: () => Promise<Result<Service>>, wait: Wait = pause): Promise<Result<Kept>> {
  let latest = attempt(name, start);
  const first = await latest;
  if (!first.ok) return first;
  const stopping = new AbortController();

  const watch = async (): Promise<Problem | undefined> => {
    let worked = false;
    for (let deaths = 0; ;) {
      const begun = performance.now();
      const ending = await endingOf(await latest, () => (worked = true));
      if (stopping.signal.aborted) return undefined;
      deaths = performance.now() - begun > QUICK_MS ? 1 : deaths + 1;
      const keepsDying = problem('SERVICE_KEEPS_DYING', { service: name, times: deaths, detail: ending.how });
      if (!worked && (ending.problem || deaths === MANY)) return ending.problem ?? keepsDying;
      if (deaths < MANY) say(`${name} ended unexpectedly (${ending.how}); starting it again.`);
      else if (deaths === MANY) complain(keepsDying);
      await wait(pauseAfter(deaths), stopping.signal);
      if (stopping.signal.aborted) return undefined;
      latest = attempt(name, start);
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

/** A throw (a full disk, no more processes) is a start that failed: it must not end the others. */
async function attempt(name: string, start: () => Promise<Result<Service>>): Promise<Result<Service>> {
  try {
    return await start();
  } catch (error) {
    return err(problem('SERVICE_NOT_STARTED', { service: name, detail: (error as Error).message }));
  }
}

async function endingOf(started: Result<Service>, works: () => void): Promise<Ending> {
  if (!started.ok) return inWords({ how: '', problem: started.problem });
  void Promise.resolve(started.value.ready).then(works);
  return inWords(await started.value.ended);
}

/** What it told is worth more than how it ended. */
function inWords({ how, problem: told }: Ending): Ending {
  return told ? { how: messageOf(told).replace(/\.$/, ''), problem: told } : { how };
}

/** What ran this long was started well; its end is a new story. */
const QUICK_MS = 60_000;
/** Three in a row are no accident any more: that is told once, with the code, and after that it is tried in silence. */
const MANY = 3;

/** Milliseconds: at once after one death, since most are accidents; then 1, 2, 4 … seconds, so that a loop costs the machine little. */
const pauseAfter = (deaths: number): number => (deaths === 1 ? 0 : Math.min(1_000 * 2 ** (deaths - 2), LONGEST_PAUSE_MS));
const LONGEST_PAUSE_MS = 60_000;
