/**
 * Root may have cloned into a place that no other user can reach (/root is 0700), and Hostseal does not run as root. It then
 * runs from a copy that the system user can read: made once per build, with node_modules as hard links.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { say } from './problems.js';

/** What runs is below it: `dist/`, `node_modules/`, `prisma/`. */
export const project = path.resolve(import.meta.dirname, '../..');

export type Runtime = { readonly node: string; readonly project: string };

/** A copy of this build below `runtimes`; made by root, readable for all. */
export function copyRuntime(runtimes: string): Runtime {
  const build = fs.readFileSync(path.join(project, 'dist/.made-from'), 'utf8').slice(0, 16);
  const copy = path.join(runtimes, build);
  // The project's own Node is among its packages.
  const packaged = path.relative(project, process.execPath);
  const isPackaged = !packaged.startsWith('..');
  const runtime = { node: path.join(copy, isPackaged ? packaged : 'node'), project: copy };
  if (fs.existsSync(copy)) return runtime;

  say(`The system user cannot read ${project}: running from a copy, ${copy}.`);
  fs.mkdirSync(runtimes, { recursive: true });
  const making = fs.mkdtempSync(path.join(runtimes, '.making-'));
  // A build writes into its files in place, which would change a linked copy under a running service; npm makes new files.
  for (const name of ['dist', 'prisma', 'scripts', 'package.json', 'prisma.config.ts']) copyInto(making, name, '-a');
  if (!copyInto(making, 'node_modules', '-al')) copyInto(making, 'node_modules', '-a'); // no links from one file system to another
  if (!isPackaged) fs.copyFileSync(process.execPath, path.join(making, 'node'));
  spawnSync('chmod', ['-R', 'a+rX', making]); // whatever the umask was when they were installed
  if (fs.existsSync(copy)) fs.rmSync(making, { recursive: true });
  else fs.renameSync(making, copy);
  removeOldCopies(runtimes, build);
  return runtime;
}

/** Whether it was copied whole. */
function copyInto(dir: string, name: string, how: '-a' | '-al'): boolean {
  return spawnSync('cp', [how, '-T', path.join(project, name), path.join(dir, name)]).status === 0;
}

/** Copies of other builds, where nothing runs from them any more: no command line names them. */
function removeOldCopies(runtimes: string, build: string): void {
  const commands = fs.readdirSync('/proc').map((pid) => (/^\d+$/.test(pid) ? commandLineOf(pid) : ''));
  for (const name of fs.readdirSync(runtimes).filter((entry) => !entry.startsWith('.making-'))) {
    const copy = path.join(runtimes, name);
    if (name !== build && !commands.some((command) => command.includes(copy))) fs.rmSync(copy, { recursive: true, force: true });
  }
}

function commandLineOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
