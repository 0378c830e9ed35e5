/**
 * What root leaves behind where it leads an nginx: a process that does for Hostseal the few things of its helper's list
 * (adapters/hosts/local/helper-server.ts), and ends with the supervisor. Each start has its own, at a socket of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { NginxHelperConfig } from '../adapters/installers/nginx/nginx-helper.main.js';
import type { Identity } from '../platform/config/identity.js';
import { isAlive } from '../platform/database/embedded/processes.js';
import { problem } from '../values/problems/problem.js';
import { err, ok, type Result } from '../values/result.js';
import { childEnvironment } from './child-environment.js';
import { changeableByOthers, changeableInside } from './only-root.js';
import { project } from './runtime-copy.js';

type Place = NginxHelperConfig['place'];

/** The socket that `user` alone may ask at. SERVICE_NOT_STARTED: also where another user than root could change what root would run. */
export async function startNginxHelper(place: Place, user: Identity): Promise<Result<string>> {
  const risk = riskOf(place);
  if (risk !== undefined) return refused(`root runs nothing that others may change, and ${risk} is not root's alone`);
  // The supervisor's pid, which execve(2) leaves as it is.
  const socket = { path: path.join(FOLDER, `nginx-${process.pid}.sock`), ...user };
  const folder = makeFolder();
  if (!folder.ok) return folder;
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ socket, place } satisfies NginxHelperConfig)], {
    env: childEnvironment(),
    cwd: '/',
    detached: true, // a Ctrl-C in the terminal is for the supervisor, with which it ends
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await firstWords(child);
  if (said === 'ready') return ok(socket.path);
  child.kill('SIGKILL');
  return refused(said);
}

/** Root's alone; all may pass through to the socket that is theirs. */
const FOLDER = '/run/hostseal';
const PROGRAM = path.join(project, 'dist/adapters/installers/nginx/nginx-helper.main.js');

/** All that it loads is in dist/ (package.json says how); all that it writes is nginx's. */
function riskOf({ binary, mainConfiguration, tree }: Place): string | undefined {
  const files = [process.execPath, path.join(project, 'package.json'), FOLDER, binary, mainConfiguration, tree];
  return changeableInside(path.join(project, 'dist')) ?? files.map(changeableByOthers).find((place) => place !== undefined);
}

/** Sockets of supervisors that are gone go. */
function makeFolder(): Result<void> {
  try {
    fs.mkdirSync(FOLDER, { recursive: true });
    fs.chmodSync(FOLDER, 0o711);
    for (const name of fs.readdirSync(FOLDER)) {
      const [, pid] = /^nginx-(\d+)\.sock$/.exec(name) ?? [];
      if (pid !== undefined && !isAlive(Number(pid))) fs.rmSync(path.join(FOLDER, name), { force: true });
    }
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

/** It loads about thirty small files. */
const PATIENCE_MS = 20_000;

const refused = (detail: string) => err(problem('SERVICE_NOT_STARTED', { service: "nginx's helper", detail }));
