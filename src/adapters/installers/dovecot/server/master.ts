/**
 * A reload, and knowing that it happened. Dovecot's master answers nobody: it takes a SIGHUP, reads its configuration, starts anew what has to be there, and tells the old ones to take no more clients; those that have clients go on with them. Where it cannot read it, it logs that, somewhere, and goes on as before.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { childrenNow, childrenOf, masterOf, openFiles, titleOf, watchedFiles } from '../../generations/mail/processes.js';

const PAUSE_MS = 10;

/**
 * Resolves when whoever takes clients has the new configuration. SERVER_UNREACHABLE where no master runs, SERVER_REFUSED where it
 * does nothing in time.
 */
export async function reloadMaster(pidFile: string, patienceMs: number): Promise<Result<void>> {
  const master = await masterOf(pidFile, 'dovecot');
  if (master === undefined) return err(problem('SERVER_UNREACHABLE', { detail: `no Dovecot runs by ${pidFile}` }));
  const before = await childrenOf(master);
  try {
    process.kill(master, 'SIGHUP');
  } catch (error) {
    return err(problem('SERVER_REFUSED', { detail: `its master takes no signal (${(error as NodeJS.ErrnoException).code ?? ''})` }));
  }
  const begun = performance.now();
  while (performance.now() - begun < patienceMs) {
    if (await hasTakenUp(master, before)) return ok(undefined);
    if ((await masterOf(pidFile, 'dovecot')) !== master) {
      return err(problem('SERVER_UNREACHABLE', { detail: 'Dovecot ended during the reload' }));
    }
    await delay(PAUSE_MS);
  }
  return err(problem('SERVER_REFUSED', { detail: `it has not reloaded within ${patienceMs / 1000} s` }));
}

export const masterRuns = async (pidFile: string): Promise<boolean> => (await masterOf(pidFile, 'dovecot')) !== undefined;

/** There is a new process that collects what the others log, which is started first and at once, and no old one waits for clients any more. */
async function hasTakenUp(master: number, before: readonly number[]): Promise<boolean> {
  const fresh = (await childrenNow(master)).filter((pid) => !before.includes(pid));
  if (!(await Promise.all(fresh.map(titleOf))).some((title) => isCalled(title, 'log'))) return false;
  const ofMaster = new Set((await openFiles(master)).values());
  for (const pid of before) {
    const waitsFor = [...(await watchedFiles(pid))].filter((file) => file.startsWith('socket:') && ofMaster.has(file));
    // The anvil counts connections, serves nobody, and outlives reloads.
    if (waitsFor.length > 0 && !isCalled(await titleOf(pid), 'anvil')) return false;
  }
  return true;
}

/** `dovecot/log`; with an instance name `dovecot-NAME/log`, with `verbose_proctitle` and more words. */
const isCalled = (title: string, service: string): boolean => title.split(/[\0 ]/)[0]?.endsWith(`/${service}`) ?? false;
