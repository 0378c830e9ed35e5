/**
 * The process that owns a cluster, known by the `postmaster.pid` that it keeps in the data folder.
 * Lines: pid, data folder, start time, port, socket folder, listen address, shared memory key, status (PostgreSQL 18, miscadmin.h).
 */
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { commandOf, endProcess, isAlive } from './processes.js';

export type Postmaster = { readonly pid: number; readonly command: readonly string[] };

/** The live postmaster of a data folder. A pid that was reused by some other program is none. */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const [pid] = await linesOf(path.join(data, PID_FILE));
  const command = pid === undefined ? [] : await commandOf(Number(pid));
  return path.basename(command[0] ?? '') === 'postgres' && command.includes(data) ? { pid: Number(pid), command } : undefined;
}

/** What the postmaster says about itself: `starting`, `ready`, `stopping`; undefined where the file is another's or missing. */
export async function readStatus(data: string, pid: number): Promise<string | undefined> {
  const lines = await linesOf(path.join(data, PID_FILE));
  return Number(lines[0]) === pid ? lines[7]?.trim() : undefined;
}

/**
 * PostgreSQL refuses to start while the pid in a lock file of its belongs to any process of its user, and after a crash that
 * number may have gone to a process of ours (in a container it does), or to a dead one that nobody has reaped. Our own pid
 * makes it look again: a server takes its parent's pid for a left-over (CreateLockFile, miscinit.c). The rest of the file
 * stays: by the shared memory key in it, PostgreSQL still finds back-ends that have outlived their postmaster.
 * Call it only when `findPostmaster` found none.
 */
export async function disownLockFiles(data: string, socket: string): Promise<void> {
  for (const file of [path.join(data, PID_FILE), `${socket}.lock`]) {
    const [pid, ...rest] = await linesOf(file);
    if (pid !== undefined && isAlive(Number(pid))) await fs.writeFile(file, [process.pid, ...rest].join('\n'));
  }
}

/** Fast shutdown, then immediate: what was committed is kept by both. */
export const stopPostmaster = (pid: number, command: readonly string[]): Promise<void> =>
  endProcess(pid, command, ['SIGINT', 'SIGQUIT', 'SIGKILL'], STOP_LIMIT_MS);

/** A fast stop takes 20 ms, with a full checkpoint on a slow disk some seconds. */
const STOP_LIMIT_MS = 30_000;

/** Does a PostgreSQL take connections there? Asked with an SSLRequest, which every server answers with one byte (protocol 3.0, 54.2.10). */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_LIMIT_MS, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('data', (byte) => settle(byte.toString() === 'N' || byte.toString() === 'S'));
    socket.end(SSL_REQUEST);
  });
}

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
/** It forks a back-end to answer; longer than this and it hangs. */
const ANSWER_LIMIT_MS = 5_000;

const PID_FILE = 'postmaster.pid';

/** None for a file that is not there. */
async function linesOf(file: string): Promise<string[]> {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  return text === '' ? [] : text.split('\n');
}
