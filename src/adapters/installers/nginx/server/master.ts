/**
 * A reload, and knowing that it happened. nginx's master answers nobody: it takes a SIGHUP, reads its configuration, and either
 * starts new workers and lets the old ones finish, or writes an [emerg] line and goes on as before. Both are seen from outside,
 * in the master's children and in its log, which is its standard error (ngx_log_redirect_stderr). `nginx -s reload` would only
 * read the whole configuration once more, for seconds on a large server, and say no more than the signal.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';

const PAUSE_MS = 10;
const MAX_LOG_BYTES = 256 * 1024;
const MAX_REFUSAL = 1000;

/**
 * Resolves when every worker that takes connections has the new configuration. SERVER_UNREACHABLE where no master runs, SERVER_REFUSED
 * with nginx's own words where it goes on with the old configuration (`goesOn`), and where it says nothing in time.
 */
export async function reloadMaster(pidFile: string, patienceMs: number): Promise<Result<void>> {
  const master = await masterPid(pidFile);
  if (master === undefined) return err(problem('SERVER_UNREACHABLE', { detail: `no nginx runs by ${pidFile}` }));
  const log = await errorLog(master);
  const before = new Set(await activeWorkers(master));
  try {
    process.kill(master, 'SIGHUP');
  } catch (error) {
    return err(problem('SERVER_REFUSED', { detail: `its master takes no signal (${(error as NodeJS.ErrnoException).code ?? ''})` }));
  }
  const begun = performance.now();
  while (performance.now() - begun < patienceMs) {
    const workers = await activeWorkers(master);
    if (workers.some((pid) => !before.has(pid)) && !workers.some((pid) => before.has(pid))) return ok(undefined);
    if ((await masterPid(pidFile)) !== master) return err(problem('SERVER_UNREACHABLE', { detail: 'nginx ended during the reload' }));
    const refusal = log && (await refusalIn(log, master));
    if (refusal) return err(problem('SERVER_REFUSED', { detail: refusal, goesOn: true }));
    await delay(PAUSE_MS);
  }
  return err(problem('SERVER_REFUSED', { detail: `it has not reloaded within ${patienceMs / 1000} s` }));
}

export const masterRuns = async (pidFile: string): Promise<boolean> => (await masterPid(pidFile)) !== undefined;

/** A pid file may be older than the machine's last start: only a process that says what it is counts. */
async function masterPid(pidFile: string): Promise<number | undefined> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = /^\d{1,10}\s*$/.test(text) ? Number(text) : 0;
  return pid > 1 && (await titleOf(pid)).startsWith('nginx: master process') ? pid : undefined;
}

/** Those that are not shutting down: they say so before they close their listening sockets. */
async function activeWorkers(master: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${master}/task/${master}/children`, 'utf8').catch(() => '');
  const pids = children.split(' ').filter(Boolean).map(Number);
  const titles = await Promise.all(pids.map(titleOf));
  return pids.filter((_, at) => titles[at]?.replaceAll('\0', ' ').trim() === 'nginx: worker process');
}

const titleOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');

type Log = { readonly path: string; readonly from: number };

/**
 * Undefined where it is no file: then only time tells that a reload failed. The very file that is open (proc_pid_fd(5)), and not what has its name:
 * folders of logs are often another user's, who could put anything there for root to read.
 */
async function errorLog(master: number): Promise<Log | undefined> {
  const path = `/proc/${master}/fd/2`;
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { path, from: found.size } : undefined;
}

/** What the master wrote since. It tries a taken port five times, and only then gives up: the tries alone mean nothing yet. */
async function refusalIn({ path, from }: Log, master: number): Promise<string | undefined> {
  const lines = (await textFrom(path, from)).split('\n').filter((line) => line.includes(`[emerg] ${master}#`));
  const final = lines.some((line) => !/: bind\(\) to \S+ failed/.test(line));
  return final ? lines[0]?.replace(/^.*\[emerg\] \d+#\d+: (\*\d+ )?/, '').slice(0, MAX_REFUSAL) : undefined;
}

async function textFrom(path: string, from: number): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return '';
  try {
    const buffer = Buffer.alloc(MAX_LOG_BYTES);
    const { bytesRead } = await file.read(buffer, 0, MAX_LOG_BYTES, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
