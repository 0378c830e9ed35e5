/** Hostseal, as `npm start` runs it, on a home and on ports of its own; and callers of its API. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { makeApi, type Api } from '../src/cli/platform/api.js';
import { openDialer } from '../src/cli/platform/find-platform.js';
import { Secret } from '../src/values/secret.js';

const SUPERVISOR = path.resolve('dist/supervisor/main.js');

export type Platform = {
  /** What it said until it was ready, without how its handshakes went and how to call it. */
  readonly greeting: readonly string[];
  readonly administrator: Api;
  caller(token: string): Api;
  stop(): Promise<void>;
};

export async function startPlatform(variables: Readonly<Record<string, string>>): Promise<Platform> {
  const env = { PATH: process.env['PATH'] ?? '', ...variables };
  const supervisor = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SUPERVISOR], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    // A Ctrl-C of the demo is handed on in order, when the story has ended.
    detached: true,
  });
  const said: string[] = [];
  const url = await readyUrl(supervisor, said);
  const fileNamed = (label: RegExp): string => {
    const file = said.map((line) => label.exec(line)?.[1]).find(Boolean);
    if (file === undefined) throw new Error(`the platform named no such file:\n${said.join('\n')}`);
    return fs.readFileSync(file, 'utf8').trim();
  };
  const roots = [fileNamed(/(\/\S+root\.pem)/)];
  const caller = (token: string): Api => makeApi({ url, token: Secret.of(token), roots, dialer: openDialer });
  return {
    greeting: said.filter((line) => !/^ |^Call the API|^The administrator's token/.test(line)),
    administrator: caller(fileNamed(/(\/\S+admin\.token)/)),
    caller,
    async stop() {
      if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
      supervisor.kill('SIGTERM');
      await once(supervisor, 'close');
    },
  };
}

async function readyUrl(supervisor: ChildProcess, said: string[]): Promise<URL> {
  for await (const line of createInterface({ input: supervisor.stdout! })) {
    said.push(line);
    const [, url] = /^ready (\S+)$/.exec(line) ?? [];
    if (url === undefined) continue;
    supervisor.stdout!.resume();
    return new URL(url);
  }
  throw new Error(['Hostseal ended before it was ready.', ...said].join('\n'));
}
