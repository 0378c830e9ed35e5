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

export async function childrenOf(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

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
