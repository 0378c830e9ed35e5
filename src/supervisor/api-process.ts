/** The process that answers the API and does the jobs: `main.js`, or `worker.js` where the role is worker. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Handover } from '../platform/config/handover.js';
import type { HomeLayout } from '../platform/config/home-layout.js';
import { commandOf, endProcess } from '../platform/database/embedded/processes.js';
import type { Secret } from '../values/secret.js';
import { childEnvironment } from './child-environment.js';
import type { Service } from './keep-running.js';
import { say } from './problems.js';
import { project } from './runtime-copy.js';
import type { Place } from './place.js';

/**
 * After a kill -9 of the supervisor, its API ends by itself, which may take a moment, or hangs. Ours starts after it: going,
 * it takes away the socket that both are known by.
 */
export async function endLeftOver(layout: HomeLayout): Promise<void> {
  const pid = Number(await fs.readFile(pidFile(layout), 'utf8').catch(() => '0'));
  const command = pid > 0 ? await commandOf(pid) : [];
  const isOurs = command.some((word) => /\/dist\/(main|worker)\.js$/.test(word));
  if (isOurs) await endProcess(pid, command, ['SIGTERM', 'SIGKILL'], GRACE_MS);
}

const pidFile = ({ run }: HomeLayout) => path.join(run, 'api.pid');

/** What it prints on its own (a crash; nothing else) goes to `api-output.log`, or to our output where logs go there. */
export function startApi({ variables, config, layout }: Place, databaseUrl: Secret): Service {
  const output = config.log === 'file' ? openSync(path.join(layout.logs, 'api-output.log'), 'a', 0o600) : undefined;
  const child = fork(path.join(project, config.role === 'worker' ? 'dist/worker.js' : 'dist/main.js'), {
    env: childEnvironment(),
    cwd: '/',
    execArgv: [],
    detached: true, // a Ctrl-C in the terminal is for us to hand down, in order
    stdio: ['ignore', output ?? 'inherit', output ?? 'inherit', 'ipc'],
  });
  if (output !== undefined) closeSync(output);
  writeFileSync(pidFile(layout), String(child.pid));
  child.on('message', (message: { line?: string }) => {
    if (typeof message.line === 'string') say(message.line);
  });
  const handover: Handover = { variables, cwd: process.cwd(), layout, databaseUrl: databaseUrl.revealText() };
  child.send(handover, () => undefined); // where it is gone already, `ended` tells
  const ended = Promise.race([
    once(child, 'exit').then(([code, signal]) => `exit ${String(signal ?? code)}`),
    once(child, 'error').then(([error]) => (error as Error).message),
  ]);
  return {
    ended,
    stop: async (hurry) => {
      child.kill('SIGTERM');
      const late = delay(GRACE_MS, 'late' as const, { signal: hurry }).catch(() => 'late' as const);
      if ((await Promise.race([ended, late])) !== 'late') return;
      say(`The API has not stopped ${hurry.aborted ? 'yet' : `within ${GRACE_MS / 1000} s`}; killing it.`);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Steps of a piece of work are shorter than this; what is not done is handed back by its lease. */
const GRACE_MS = 10_000;
