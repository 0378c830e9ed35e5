/** Masters and their children, seen from outside (proc(5)): what mail servers do with a signal they tell nobody. */
import { readdir, readFile, readlink } from 'node:fs/promises';

/** A pid file may be older than the machine's last start: only a process whose program is called so counts. */
export async function masterOf(pidFile: string, program: string): Promise<number | undefined> {
  const text = (await readFile(pidFile, 'utf8').catch(() => '')).trim();
  const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  const [command = ''] = pid > 1 ? (await titleOf(pid)).split('\0') : [];
  return command === program || command.endsWith(`/${program}`) ? pid : undefined;
}

/** Empty for one that has ended. */
export const titleOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');

/** Quick, but one may be missing where another is just ending (proc_pid_task(5)): for what is asked again. */
export async function childrenNow(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

/** All that are there from the beginning of the call to its end. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(all.map(async (each) => parentIn(await readFile(`/proc/${each}/stat`, 'utf8').catch(() => ''))));
  return all.filter((_, at) => parents[at] === pid).map(Number);
}

/** The name of a process, in parentheses, may have anything in it. */
const parentIn = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);

/** By file descriptor: `socket:[1234]`. */
export async function openFiles(pid: number): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(names.map(async (name) => [name, await readlink(`/proc/${pid}/fd/${name}`).catch(() => '')] as const));
  return new Map(targets);
}

/** Those of its files that it waits on for something to happen (epoll(7)). */
export async function watchedFiles(pid: number): Promise<ReadonlySet<string>> {
  const files = await openFiles(pid);
  const watched = new Set<string>();
  for (const [descriptor, target] of files) {
    if (target !== 'anon_inode:[eventpoll]') continue;
    const info = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8').catch(() => '');
    for (const [, number = ''] of info.matchAll(/^tfd:\s*(\d+)/gm)) watched.add(files.get(number) ?? '');
  }
  return watched;
}

/** Connections between processes of this machine, as they are named among their files: pairs of sockets too, but nothing on which anybody listens (proc_net(5)). */
export async function localConnections(): Promise<ReadonlySet<string>> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  // Of each: num, references, protocol, flags, type, state, inode. Flags are none, the type is a stream.
  return new Set([...table.matchAll(/^\S+: \S+ \S+ 00000000 0001 \S+ +(\d+)/gm)].map(([, inode]) => `socket:[${inode}]`));
}

/** Sockets of TCP as they are named among files: is it one on which somebody listens? */
export async function tcpSockets(): Promise<ReadonlyMap<string, boolean>> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')));
  const lines = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/));
  return new Map(lines.map((fields) => [`socket:[${fields[9] ?? ''}]`, fields[3] === '0A']));
}
