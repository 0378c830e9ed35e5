/** The process that answers the API and does the jobs: `main.js`, or `worker.js` where the role is worker. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Handover, Told } from '../platform/config/handover.js';
import type { HomeLayout } from '../platform/config/home-layout.js';
import { commandOf, endProcess } from '../platform/database/embedded/processes.js';
import type { Problem } from '../values/problems/problem.js';
import type { Secret } from '../values/secret.js';
import { childEnvironment } from './child-environment.js';
import type { Ending, Service } from './keep-running.js';
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

/** A full disk is no reason to do without an API; an older pid in the file is judged by its command. */
function noteDown(layout: HomeLayout, pid: number | undefined): void {
  try {
    writeFileSync(pidFile(layout), String(pid));
  } catch (error) {
    say(`${pidFile(layout)} cannot be written: ${(error as Error).message}`);
  }
}

/** What it prints on its own (a crash; nothing else) goes to `api-output.log`, or to our output where logs go there. */
export function startApi({ variables, config, layout, helperFolder }: Place, databaseUrl: Secret): Service {
  const outputFile = config.log === 'file' ? path.join(layout.logs, 'api-output.log') : undefined;
  const output = outputFile === undefined ? undefined : openSync(outputFile, 'a', 0o600);
  const child = fork(path.join(project, config.role === 'worker' ? 'dist/worker.js' : 'dist/main.js'), {
    env: childEnvironment(),
    cwd: '/',
    execArgv: [],
    detached: true, // a Ctrl-C in the terminal is for us to hand down, in order
    stdio: ['ignore', output ?? 'inherit', output ?? 'inherit', 'ipc'],
  });
  if (output !== undefined) closeSync(output);
  noteDown(layout, child.pid);
  const { promise: ready, resolve: works } = Promise.withResolvers<void>();
  let problem: Problem | undefined;
  child.on('message', (told: Told) => {
    if ('line' in told) say(told.line);
    else if ('problem' in told) problem = told.problem;
    else works();
  });
  const helper = helperFolder !== undefined && { helperFolder };
  const handover: Handover = { variables, cwd: process.cwd(), layout, databaseUrl: databaseUrl.revealText(), ...helper };
  child.send(handover, () => undefined); // where it is gone already, `ended` tells
  const ended: Promise<Ending> = Promise.race([
    // Not `exit`: only after `close` has everything been heard that it told.
    once(child, 'close').then(([code, signal]) => `${String(signal ?? `exit ${code}`)}${outputFile ? `; see ${outputFile}` : ''}`),
    once(child, 'error').then(([error]) => (error as Error).message),
  ]).then((how) => ({ how, ...(problem && { problem }) }));
  return {
    ready,
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
