/**
 * A reload, and knowing that it happened. A process of Postfix that greets clients reads its tables once, and goes on with them for a hundred clients or a
 * hundred seconds without one. At a SIGHUP the master lets go of all: it closes what they report to it on, so that those that wait end, and those that have a client
 * end after it. Whoever comes next is greeted by a new one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { childrenNow, childrenOf, localConnections, masterOf, openFiles, tcpSockets } from '../../generations/mail/processes.js';

const PAUSE_MS = 10;
/** Looks in a row that show it: between two of them a process may be seen with its client gone and not yet waiting for the next. */
const SURE_AFTER = 5;

/**
 * Resolves when no process takes clients that has read its tables before. SERVER_UNREACHABLE where no master runs, SERVER_REFUSED where it does
 * nothing in time.
 */
export async function reloadMaster(pidFile: string, patienceMs: number): Promise<Result<void>> {
  const master = await masterOf(pidFile, 'master');
  if (master === undefined) return err(problem('SERVER_UNREACHABLE', { detail: `no Postfix runs by ${pidFile}` }));
  const before = { reports: await reportsOf(master), children: await childrenOf(master) };
  try {
    process.kill(master, 'SIGHUP');
  } catch (error) {
    return err(problem('SERVER_REFUSED', { detail: `its master takes no signal (${(error as NodeJS.ErrnoException).code ?? ''})` }));
  }
  const begun = performance.now();
  let looks = 0;
  while (performance.now() - begun < patienceMs) {
    looks = (await hasLetGo(master, before)) ? looks + 1 : 0;
    if (looks === SURE_AFTER) return ok(undefined);
    if ((await masterOf(pidFile, 'master')) !== master) {
      return err(problem('SERVER_UNREACHABLE', { detail: 'Postfix ended during the reload' }));
    }
    await delay(PAUSE_MS);
  }
  return err(problem('SERVER_REFUSED', { detail: `it has not reloaded within ${patienceMs / 1000} s` }));
}

export const masterRuns = async (pidFile: string): Promise<boolean> => (await masterOf(pidFile, 'master')) !== undefined;

type Before = { readonly reports: readonly string[]; readonly children: readonly number[] };

/**
 * The master has none of the old reports, and none of those that wait for clients is left: one may take a last client before it sees that it shall end.
 * One that has a client takes no other.
 */
async function hasLetGo(master: number, { reports, children }: Before): Promise<boolean> {
  const now = new Set((await openFiles(master)).values());
  if (reports.some((report) => now.has(report))) return false;
  const tcp = await tcpSockets();
  for (const child of new Set([...children, ...(await childrenNow(master))])) {
    const files = [...(await openFiles(child)).values()];
    const [isOld, waits] = [files.some((file) => reports.includes(file)), files.some((file) => tcp.get(file) === true)];
    if (isOld && waits && !files.some((file) => tcp.get(file) === false)) return false;
  }
  return true;
}

/** The sockets, one pair for each service, on which children tell the master that they have taken a client, or are free again. */
async function reportsOf(master: number): Promise<readonly string[]> {
  const connections = await localConnections();
  return [...(await openFiles(master)).values()].filter((file) => connections.has(file));
}
