/** `openssl s_server`: one process a row, one connection at a time; answers HTTP. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { part } from '../../support/parts.js';
import type { Recipe, Serving } from '../lab-server.js';
import { leaf } from '../recipes.js';
import type { Started } from './program.js';

/** Its options. `-nocert` goes with no certificate. */
export const openssl = (settings: readonly string[], ...certificates: readonly Recipe[]): Serving => ({
  by: 'OPENSSL',
  settings,
  certificates: settings.includes('-nocert') || certificates.length > 0 ? certificates : [leaf()],
});

type Command = {
  readonly address: string;
  readonly port: number;
  readonly settings: readonly string[];
  readonly files: readonly { readonly leaf: string; readonly key: string; readonly behind?: string }[];
};

export async function startOpenssl({ address, port, settings, files }: Command): Promise<Started> {
  const [file] = files;
  const certificate = file
    ? ['-cert', file.leaf, '-key', file.key, ...(file.behind === undefined ? [] : ['-cert_chain', file.behind])]
    : [];
  const args = ['s_server', '-accept', `${address}:${port}`, '-www', ...certificate, ...settings];
  const child = spawn(part('openssl'), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr.resume();
  const ended = once(child, 'close');
  let said = '';
  // It says ACCEPT when it listens, and ends when its standard input does.
  for await (const text of child.stdout) {
    said += String(text);
    if (said.includes('ACCEPT')) break;
  }
  if (!said.includes('ACCEPT')) throw new Error(`openssl s_server does not start: ${args.join(' ')}`);
  return {
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
