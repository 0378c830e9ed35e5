/**
 * Processes that may not be our children. A pid alone says little, since numbers are used again: a process is known by its
 * pid and its command together.
 */
import fs from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Its words, as in /proc/PID/cmdline; none for a process that is gone, or is dead and waits for its parent to hear of it. */
export async function commandOf(pid: number): Promise<string[]> {
  const text = await fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0').slice(0, -1);
}

const stillRuns = async (pid: number, command: readonly string[]): Promise<boolean> =>
  command.length > 0 && (await commandOf(pid)).join('\0') === command.join('\0');

/** Asked again and again, since only a parent is told. */
export async function whenEnded(pid: number, command: readonly string[]): Promise<void> {
  while (await stillRuns(pid, command)) await delay(WATCH_MS);
}
/** Milliseconds: a service is missed this long at most before it is started again. */
const WATCH_MS = 250;

/** One signal after the other, each given `patienceMs` to work. Returns at once where `pid` is no longer that command. */
export async function endProcess(
  pid: number,
  command: readonly string[],
  signals: readonly NodeJS.Signals[],
  patienceMs: number,
): Promise<void> {
  for (const signal of signals) {
    if (!(await stillRuns(pid, command))) return;
    process.kill(pid, signal);
    for (let waited = 0; waited < patienceMs && (await stillRuns(pid, command)); waited += POLL_MS) await delay(POLL_MS);
  }
}
/** Milliseconds: most of them end sooner than a person notices. */
const POLL_MS = 10;

/** Is the number in use, by whomever? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
