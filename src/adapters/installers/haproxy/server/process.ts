/** The process behind a stats socket: what it was started with, and the master that can replace it. Seen in /proc (proc(5)). */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { HaproxyRuntime } from './runtime.js';

const PAUSE_MS = 10;

/** Is the file among its words? A worker has those of its master. */
export const isStartedWith = async (pid: number, file: string): Promise<boolean> => (await wordsOf(pid)).includes(file);

/** Undefined for a process that is its own master. What says that it is one has our file among its words: no other is sent a signal. */
async function masterOf(worker: number, file: string): Promise<number | undefined> {
  const status = await readFile(`/proc/${worker}/stat`, 'utf8').catch(() => '');
  const parent = Number(/^.*\) \S (\d+)/s.exec(status)?.[1] ?? 0);
  return parent > 1 && (await isStartedWith(parent, file)) ? parent : undefined;
}

const wordsOf = async (pid: number): Promise<readonly string[]> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');

/**
 * Has it read its files again: the master starts a new worker, and the old one ends when its requests have. Resolves when a worker answers that
 * `isNew` knows. SERVER_REFUSED where there is no master (`goesOn`: it serves what it served), and where none comes in time.
 */
export async function reloadWorker(
  runtime: HaproxyRuntime,
  { worker, file, isNew, patienceMs }: { worker: number; file: string; isNew: () => Promise<Result<boolean>>; patienceMs: number },
): Promise<Result<void>> {
  const master = await masterOf(worker, file);
  if (master === undefined) {
    const detail = 'its addresses have changed, and it has no master process that could have it read them (-W): restart it';
    return err(problem('SERVER_REFUSED', { detail, goesOn: true }));
  }
  try {
    process.kill(master, 'SIGUSR2');
  } catch (error) {
    const detail = `its master takes no signal (${(error as NodeJS.ErrnoException).code ?? ''})`;
    return err(problem('SERVER_REFUSED', { detail, goesOn: true }));
  }
  const begun = performance.now();
  while (performance.now() - begun < patienceMs) {
    const now = await runtime.pid();
    // Between two workers nobody may answer.
    if (now.ok && now.value !== worker) {
      const itIs = await isNew();
      if (itIs.ok && itIs.value) return ok(undefined);
    }
    await delay(PAUSE_MS);
  }
  return err(problem('SERVER_REFUSED', { detail: `it has not reloaded within ${patienceMs / 1000} s; its log says why` }));
}
