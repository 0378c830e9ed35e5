/**
 * The embedded database: a real PostgreSQL 18 from an npm package, for machines that have nothing but Node.
 *
 * It listens on a unix socket in a private folder, never on a port, and asks for a random password (SCRAM-SHA-256).
 * It is a process of its own group: a Ctrl-C in the terminal does not reach it, and it outlives the death of whoever
 * started it. The next start adopts it if it runs exactly as we would start it, and otherwise stops and restarts it.
 *
 * Used by the supervisor, by the tests and by scripts/migrate.mjs; it stands on Node's builtins alone, so that it runs
 * before anything is built.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { Secret } from '../../../values/secret.js';
import { DATABASE, openCluster, SUPERUSER } from './cluster.js';
import { environmentWith } from './command.js';
import { linkLibraries, locateInstallation } from './installation.js';
import type { PostgresPlace } from './place.js';
import { answers, disownLockFiles, findPostmaster, readStatus, stopPostmaster } from './postmaster.js';
import { isAlive, whenEnded } from './processes.js';

export type RunningPostgres = {
  /** `postgresql://hostseal:…@localhost/hostseal?host=SOCKET_DIR` */
  readonly url: Secret;
  readonly pid: number;
  /** It was running already. */
  readonly adopted: boolean;
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** Finishes what is being written, ends all connections, and returns when the process is gone. Twice is once. */
  stop(): Promise<void>;
};

/** EMBEDDED_DATABASE_FAILED where it cannot be created or does not come up: `detail` is PostgreSQL's own last word. */
export async function startPostgres(place: PostgresPlace): Promise<Result<RunningPostgres>> {
  const installation = place.installation === undefined ? locateInstallation() : ok(place.installation);
  if (!installation.ok) return installation;
  const libraries = path.join(place.socketDir, 'lib');
  await linkLibraries(installation.value, libraries);
  const env = environmentWith(libraries, path.join(installation.value, 'lib'));
  const cluster = await openCluster(place, installation.value, env);
  if (!cluster.ok) return cluster;
  const { data, password } = cluster.value;

  const command = [path.join(installation.value, 'bin/postgres'), ...argumentsFor(data, place)];
  const socket = path.join(place.socketDir, `.s.PGSQL.${PORT}`);
  const url = Secret.of(`postgresql://${SUPERUSER}:${password}@localhost/${DATABASE}?host=${encodeURIComponent(place.socketDir)}`);
  const running = (pid: number, adopted: boolean) =>
    ok({ url, pid, adopted, ended: whenEnded(pid, command), stop: () => stopPostmaster(pid, command) });

  const before = await findPostmaster(data);
  if (before) {
    if (sameCommand(before.command, command) && (await answers(socket))) return running(before.pid, true);
    await stopPostmaster(before.pid, before.command);
  }
  await disownLockFiles(data, socket);

  const started = await launch(command, env, data, socket, place);
  return started.ok ? running(started.value, false) : started;
}

/** Part of the socket's name only: nothing listens on a TCP port. */
const PORT = 5432;

function argumentsFor(data: string, { socketDir, settings }: PostgresPlace): string[] {
  const all = { ...SETTINGS, ...settings, unix_socket_directories: socketDir };
  return ['-D', data, '-p', String(PORT), ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Small: it shares a hosting machine with everything else. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  // API 20, queue 10, edge 0, a person with psql, and room for a second API while the first one drains
  max_connections: '60',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  // compiling a query takes longer than any of ours runs
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // a log outlives its row: no statement and no row value (DETAIL) gets there
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

const sameCommand = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((word, i) => word === b[i]);

/** Crash recovery replays at most `max_wal_size`; a slow disk manages that in this time, and a hang is told from it. */
const START_LIMIT_MS = 120_000;

/** The pid, once it takes connections. */
async function launch(
  command: string[],
  env: NodeJS.ProcessEnv,
  data: string,
  socket: string,
  place: PostgresPlace,
): Promise<Result<number>> {
  const log = await fs.open(place.logFile, 'a', 0o600);
  const begin = (await log.stat()).size;
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    ...place.identity,
    env,
    cwd: '/',
    detached: true, // a group of its own: Ctrl-C is for us to hand down, in order
    stdio: ['ignore', log.fd, log.fd],
  });
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `ended with ${signal ?? code}`));
  child.unref();
  await Promise.race([once(child, 'spawn'), once(child, 'error').catch(() => undefined)]);
  await log.close();

  const failed = async (what: string) =>
    err(problem('EMBEDDED_DATABASE_FAILED', { detail: `${what}; ${await lastWords(place.logFile, begin)}`, log: place.logFile }));
  for (let waited = 0; waited < START_LIMIT_MS; waited += POLL_MS) {
    if (failure !== undefined) return failed(`postgres ${failure}`);
    if (child.pid !== undefined && (await readStatus(data, child.pid)) === 'ready' && (await answers(socket))) return ok(child.pid);
    await delay(POLL_MS);
  }
  if (child.pid !== undefined && isAlive(child.pid)) await stopPostmaster(child.pid, command);
  return failed(`postgres was not ready within ${START_LIMIT_MS / 1000} s`);
}

/** Its start takes about 30 ms; a file is read each time. */
const POLL_MS = 10;

async function lastWords(logFile: string, from: number): Promise<string> {
  const text = (await fs.readFile(logFile)).subarray(from).toString().trim();
  return text.split('\n').slice(-3).join(' / ') || 'it said nothing';
}
