/**
 * A reload, and knowing that it happened. A process of Postfix that greets clients reads its tables once, and goes on with them for a hundred clients or a
 * hundred seconds without one. At a SIGHUP the master lets go of all: it closes what they report to it on, so that those that wait end, and those that have a client
 * end after it. Whoever comes next is greeted by a new one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { childrenOf, masterOf, openFiles } from '../../generations/mail/processes.js';

const PAUSE_MS = 10;
/** MASTER_STATUS_FD of its master_proto.h. */
const STATUS = '5';

/**
 * Resolves when no process takes clients that has read its tables before. SERVER_UNREACHABLE where no master runs, SERVER_REFUSED where it does
 * nothing in time.
 */
export async function reloadMaster(pidFile: string, patienceMs: number): Promise<Result<void>> {
  const master = await masterOf(pidFile, 'master');
  if (master === undefined) return err(problem('SERVER_UNREACHABLE', { detail: `no Postfix runs by ${pidFile}` }));
  const before = new Set((await openFiles(master)).values());
  try {
    process.kill(master, 'SIGHUP');
  } catch (error) {
    return err(problem('SERVER_REFUSED', { detail: `its master takes no signal (${(error as NodeJS.ErrnoException).code ?? ''})` }));
  }
  const begun = performance.now();
  while (performance.now() - begun < patienceMs) {
    if (await hasLetGo(master, before)) return ok(undefined);
    if ((await masterOf(pidFile, 'master')) !== master) {
      return err(problem('SERVER_UNREACHABLE', { detail: 'Postfix ended during the reload' }));
    }
    await delay(PAUSE_MS);
  }
  return err(problem('SERVER_REFUSED', { detail: `it has not reloaded within ${patienceMs / 1000} s` }));
}

export const masterRuns = async (pidFile: string): Promise<boolean> => (await masterOf(pidFile, 'master')) !== undefined;

/** No child reports on a socket that the master had before, and still has. One that does not end over it cannot take a client without its master's leave. */
async function hasLetGo(master: number, before: ReadonlySet<string>): Promise<boolean> {
  const now = new Set((await openFiles(master)).values());
  for (const child of await childrenOf(master)) {
    const status = (await openFiles(child)).get(STATUS);
    if (status !== undefined && before.has(status) && now.has(status)) return false;
  }
  return true;
}
