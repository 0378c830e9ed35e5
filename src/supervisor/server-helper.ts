/**
 * What root leaves behind where it leads servers of the machine: a process that does for Hostseal the few things of its helper's list
 * (adapters/hosts/local/helper-server.ts), and ends with the supervisor. Each start has its own, with its sockets in a folder of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { ServerHere } from '../adapters/installers/members.js';
import type { ServerHelperConfig } from '../adapters/installers/server-helper.main.js';
import type { Identity } from '../platform/config/identity.js';
import { isAlive } from '../platform/database/embedded/processes.js';
import { problem } from '../values/problems/problem.js';
import { err, ok, type Result } from '../values/result.js';
import { childEnvironment } from './child-environment.js';
import { changeableByOthers, changeableInside } from './only-root.js';
import { project } from './runtime-copy.js';

/**
 * The folder of the sockets that `user` alone may ask at, one for each server. SERVICE_NOT_STARTED: also where another user than root could
 * change what root would run. `serversFile`: where they are written.
 */
export async function startServerHelper(
  servers: readonly ServerHere[],
  serversFile: string | undefined,
  user: Identity,
): Promise<Result<string>> {
  const risk = riskOf(servers, serversFile);
  if (risk !== undefined) return refused(`root runs nothing that others may change, and ${risk} is not root's alone`);
  // The supervisor's pid, which execve(2) leaves as it is.
  const folder = path.join(FOLDER, String(process.pid));
  const made = makeFolder(folder);
  if (!made.ok) return made;
  const entries = servers.map(({ name, kind, place }) => ({ name, kind, place }));
  const config: ServerHelperConfig = { folder, ...user, servers: entries };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(config)], {
    env: childEnvironment(),
    cwd: '/',
    detached: true, // a Ctrl-C in the terminal is for the supervisor, with which it ends
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await firstWords(child);
  if (said === 'ready') return ok(folder);
  child.kill('SIGKILL');
  return refused(said);
}

/** Root's alone; all may pass through to the sockets that are theirs. */
const FOLDER = '/run/hostseal';
const PROGRAM = path.join(project, 'dist/adapters/installers/server-helper.main.js');

/** All that it loads is in dist/ (package.json says how); all that it writes is the servers'. */
function riskOf(servers: readonly ServerHere[], serversFile: string | undefined): string | undefined {
  const ours = [process.execPath, path.join(project, 'package.json'), FOLDER, ...(serversFile === undefined ? [] : [serversFile])];
  const files = [...ours, ...servers.flatMap(({ placed }) => placed.paths)];
  return changeableInside(path.join(project, 'dist')) ?? files.map(changeableByOthers).find((place) => place !== undefined);
}

/** Those of supervisors that are gone go. */
function makeFolder(folder: string): Result<void> {
  try {
    fs.mkdirSync(FOLDER, { recursive: true });
    fs.chmodSync(FOLDER, 0o711);
    for (const name of fs.readdirSync(FOLDER)) {
      const [, pid] = /^(?:nginx-)?(\d+)(?:\.sock)?$/.exec(name) ?? [];
      if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid))))
        fs.rmSync(path.join(FOLDER, name), { recursive: true, force: true });
    }
    fs.mkdirSync(folder);
    fs.chmodSync(folder, 0o711);
    return ok(undefined);
  } catch (error) {
    return refused((error as Error).message);
  }
}

/** `ready`, or why it is not. */
function firstWords(child: ChildProcess): Promise<string> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  return new Promise((resolve) => {
    child.stdout?.once('data', (words: Buffer) => resolve(words.toString().trim().replace(/\.$/, '')));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`it ended (${signal ?? `exit ${code}`})`));
    late.onabort = () => resolve(`it said nothing within ${PATIENCE_MS / 1000} s`);
  });
}

/** It loads about fifty small files. */
const PATIENCE_MS = 20_000;

const refused = (detail: string) => err(problem('SERVICE_NOT_STARTED', { service: "the servers' helper", detail }));
