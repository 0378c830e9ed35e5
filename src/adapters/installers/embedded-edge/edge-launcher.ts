/**
 * Starts the edge's process and hands it its listening sockets. The edge then stands alone: it outlives a kill -9 of whoever started
 * it, and the next one adopts it over the control socket (`edgeState`, `stopEdge`).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chown, mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IpAddress } from '../../../values/ip-address.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { EdgeConfig, EdgeMessage, HandedSocket } from './edge-config.js';
import { bindListeners, type BoundSocket, type BoundSockets, type EdgeListener } from './listening-sockets.js';
import { OWNER_ONLY, OWNER_ONLY_DIRECTORY } from './tree/durable-files.js';

export type EdgeOptions = EdgeConfig & {
  /** Path of the Node that runs it. */
  readonly node: string;
  readonly listeners: readonly EdgeListener[];
  /** Who it runs as; the caller's own user where absent. */
  readonly identity?: { readonly uid: number; readonly gid: number };
  /** Added to PATH, LANG and TZ, which are all that it inherits. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Path of the built edge.main.js; the one beside this file where absent. */
  readonly program?: string;
  /** It was ready, and has ended. */
  readonly onExit: (exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null }) => void;
};
type StartedEdge = {
  readonly pid: number;
  /** With the ports that were found where 0 was asked for. */
  readonly listeners: readonly EdgeListener[];
  /** `::1` on a machine without IPv6. */
  readonly skipped: readonly IpAddress[];
};

/** Milliseconds. Reading the bindings of 100,000 sites takes a few seconds. */
const START_TIMEOUT = 60_000;
/** Octets. The log says little; what is older than the file before is not worth keeping. */
const LOG_LIMIT = 4 * 1024 * 1024;

/** PORT_IN_USE and CONFIG_INVALID as `bindListeners`; SERVER_UNREACHABLE where it does not come up, with the path of its log. */
export async function startEdge(options: EdgeOptions): Promise<Result<StartedEdge>> {
  await prepareDirectories(options);
  const log = await openLog(options);
  const child = spawnEdge(options, log);
  const [started] = await Promise.all([bringUp(child, options), log.close()]);
  if (started.ok) child.on('exit', (code, signal) => options.onExit({ code, signal }));
  else child.kill('SIGKILL');
  // From here on neither process needs the other.
  if (child.connected) child.disconnect();
  child.unref();
  return started;
}

async function bringUp(child: ChildProcess, options: EdgeOptions): Promise<Result<StartedEdge>> {
  const notUp = err(problem('SERVER_UNREACHABLE', { server: 'embedded edge', detail: `it did not start; its log is ${logPath(options)}` }));
  if (!(await says(child, 'opened'))) return notUp;
  // Bound only now, so that nobody who connects waits for the tree to be read.
  const bound = await bindListeners(options.listeners);
  if (!bound.ok) return bound;
  const ready = says(child, 'ready');
  await handOver(child, bound.value.sockets);
  return (await ready) && child.pid !== undefined ? ok({ pid: child.pid, ...described(bound.value) }) : notUp;
}

/** A message without a socket says that there are no more. */
async function handOver(child: ChildProcess, sockets: readonly BoundSocket[]): Promise<void> {
  for (const { server, ...socket } of sockets) {
    await new Promise<void>((resolve) => child.send(socket satisfies HandedSocket, server, () => resolve()));
    server.close();
  }
  await new Promise<void>((resolve) => child.send('all', () => resolve()));
}

/** False where it ends, or takes too long, before it says so. */
function says(child: ChildProcess, type: EdgeMessage['type']): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(false), START_TIMEOUT);
    const hear = (message: unknown) => {
      if (typeof message === 'object' && message !== null && 'type' in message && message.type === type) settle(true);
    };
    const give = () => settle(false);
    const settle = (said: boolean) => {
      clearTimeout(timer);
      child.off('message', hear).off('exit', give).off('error', give);
      resolve(said);
    };
    child.on('message', hear).on('exit', give).on('error', give);
    if (child.exitCode !== null || child.signalCode !== null) give();
  });
}

function spawnEdge(options: EdgeOptions, log: FileHandle): ChildProcess {
  const { home, controlSocket, rehearsalSocket, panelSocket } = options;
  const program = options.program ?? fileURLToPath(new URL('./edge.main.js', import.meta.url));
  return spawn(options.node, [program, JSON.stringify({ home, controlSocket, rehearsalSocket, panelSocket } satisfies EdgeConfig)], {
    ...options.identity,
    cwd: home,
    env: { ...cleanEnvironment(), ...options.env },
    // A session of its own: what a terminal sends to the parent's group does not reach it.
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
}

/** Whatever else the parent knows (the vault's key, the database's password) stays with the parent. */
function cleanEnvironment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', LANG = 'C.UTF-8', TZ = '' } = process.env;
  return { PATH, LANG, TZ };
}

async function prepareDirectories({ home, controlSocket, rehearsalSocket, identity }: EdgeOptions): Promise<void> {
  for (const directory of new Set([home, dirname(controlSocket), dirname(rehearsalSocket)])) {
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    if (identity) await chown(directory, identity.uid, identity.gid);
  }
}

const logPath = ({ home }: EdgeOptions): string => join(home, 'edge.log');

async function openLog(options: EdgeOptions): Promise<FileHandle> {
  const path = logPath(options);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_LIMIT) await rename(path, `${path}.1`);
  const log = await open(path, 'a', OWNER_ONLY);
  if (options.identity) await log.chown(options.identity.uid, options.identity.gid);
  return log;
}

function described({ sockets, skipped }: BoundSockets): Omit<StartedEdge, 'pid'> {
  const listeners = sockets
    .filter(({ role }) => role === 'http')
    .map(({ address, port, httpsPort }) => ({ address, httpPort: port, httpsPort }));
  return { listeners, skipped };
}
