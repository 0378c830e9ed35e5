/**
 * A graceful restart, and knowing that it happened. Apache's master answers nobody: it takes a SIGUSR1, has its children take no more connections,
 * reads its configuration, and starts new ones. Where it cannot, it ends: nothing is served then. All of it is seen from outside, in the sockets that its
 * children have open (proc_pid_fd(5)) and in its log, which is its standard error.
 */
import { open, readdir, readFile, readlink, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { Listen } from '../syntax/dump.js';
import { inTheWay, listeningSockets } from './listening.js';

const PAUSE_MS = 10;
const MAX_LOG_BYTES = 256 * 1024;
const MAX_REFUSAL = 1000;

/**
 * Resolves when every child that takes connections has the new configuration, in which it listens at `listens`. SERVER_UNREACHABLE where no master
 * runs, and with `ended` and Apache's own words where it has ended over it; SERVER_REFUSED with `goesOn` where it would, since somebody
 * listens there already, and where it says nothing in time.
 */
export async function restartGracefully(pidFile: string, listens: readonly Listen[], patienceMs: number): Promise<Result<void>> {
  const master = await masterPid(pidFile);
  if (master === undefined) return err(problem('SERVER_UNREACHABLE', { detail: `no Apache runs by ${pidFile}` }));
  const obstacle = inTheWay(listens, await listeningSockets(), new Set(await socketsOf(master)));
  if (obstacle !== undefined) return err(problem('SERVER_REFUSED', { detail: obstacle, goesOn: true }));
  // Opened now: with the master goes the way to it.
  const log = await openLog(master);
  try {
    const before = new Set(await childrenOf(master));
    try {
      process.kill(master, 'SIGUSR1');
    } catch (error) {
      return err(problem('SERVER_REFUSED', { detail: `its master takes no signal (${(error as NodeJS.ErrnoException).code ?? ''})` }));
    }
    const begun = performance.now();
    while (performance.now() - begun < patienceMs) {
      const taking = await takingConnections(master);
      if (taking.some((pid) => !before.has(pid)) && !taking.some((pid) => before.has(pid))) return ok(undefined);
      if ((await masterPid(pidFile)) !== master && !(await isApache(master))) {
        const why = log && (await lastComplaint(log));
        return err(problem('SERVER_UNREACHABLE', { detail: `Apache ended over it${why ? `: ${why}` : ''}`, ended: true }));
      }
      await delay(PAUSE_MS);
    }
    return err(problem('SERVER_REFUSED', { detail: `it has not reloaded within ${patienceMs / 1000} s` }));
  } finally {
    await log?.file.close();
  }
}

/** Resolves when a child of it takes connections. */
export async function untilServing(pidFile: string, patienceMs: number): Promise<Result<void>> {
  const begun = performance.now();
  while (performance.now() - begun < patienceMs) {
    const master = await masterPid(pidFile);
    if (master !== undefined && (await takingConnections(master)).length > 0) return ok(undefined);
    await delay(PAUSE_MS);
  }
  return err(problem('SERVER_UNREACHABLE', { detail: `it does not serve within ${patienceMs / 1000} s of its start` }));
}

export const masterRuns = async (pidFile: string): Promise<boolean> => (await masterPid(pidFile)) !== undefined;

/** A pid file may be older than the machine's last start: only a process that is an Apache counts. */
async function masterPid(pidFile: string): Promise<number | undefined> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = /^\d{1,10}\s*$/.test(text) ? Number(text) : 0;
  return pid > 1 && (await isApache(pid)) ? pid : undefined;
}

/** One that has ended and is waited for has no command line. */
async function isApache(pid: number): Promise<boolean> {
  const [program = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return /(^|\/)(apache2|httpd)$/.test(program);
}

/** Those that have a socket of the master's open on which it listens: they close them before anything else when they are to end. */
async function takingConnections(master: number): Promise<readonly number[]> {
  const [children, listening] = [await childrenOf(master), new Set((await listeningSockets()).map(({ inode }) => inode))];
  const ofMaster = new Set((await socketsOf(master)).filter((inode) => listening.has(inode)));
  const taking: number[] = [];
  for (const child of children) if ((await socketsOf(child)).some((inode) => ofMaster.has(inode))) taking.push(child);
  return taking;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

async function socketsOf(pid: number): Promise<readonly string[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

type Log = { readonly file: FileHandle; readonly from: number };

/** Undefined where it is no file. The very file that is open, and not what has its name: folders of logs are often another user's. */
async function openLog(master: number): Promise<Log | undefined> {
  const file = await open(`/proc/${master}/fd/2`, 'r').catch(() => undefined);
  const found = await file?.stat();
  if (file && found?.isFile()) return { file, from: found.size };
  await file?.close();
  return undefined;
}

/** What it wrote since, of which the first that is grave says most. */
async function lastComplaint({ file, from }: Log): Promise<string | undefined> {
  const buffer = Buffer.alloc(MAX_LOG_BYTES);
  const { bytesRead } = await file.read(buffer, 0, MAX_LOG_BYTES, from);
  const lines = buffer.toString('utf8', 0, bytesRead).split('\n').filter(Boolean);
  const grave =
    lines.find((line) => /\[[a-z0-9_]*:(emerg|alert|crit)\]/.test(line)) ?? lines.find((line) => !/:(notice|info|warn)\]/.test(line));
  return grave?.replace(/^(\[[^\]]*\] )+/, '').slice(0, MAX_REFUSAL);
}
