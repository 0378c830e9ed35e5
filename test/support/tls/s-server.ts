/** `openssl s_server` with certificates of its own: a peer for whatever node:tls does not offer. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Listeners } from '../listen.js';

const run = promisify(execFile);

type SServer = { readonly port: number; stop(): Promise<void> };

/** `port` 0: it chooses one. */
export async function startSServer(
  { address, port = 0 }: { readonly address: string; readonly port?: number },
  options: readonly string[],
  openssl = 'openssl',
): Promise<SServer> {
  const args = ['s_server', '-accept', `${address}:${port}`, ...options];
  const server = spawn(openssl, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(server, 'close');
  // It says `ACCEPT` when it listens, with the address where it chose the port, and ends when its standard input does.
  let said = '';
  for await (const text of server.stdout) {
    said += String(text);
    const accepts = /ACCEPT(?: \S+:(\d+))?\n/.exec(said);
    if (!accepts) continue;
    server.stdout.resume();
    const stop = async () => {
      server.kill('SIGKILL');
      await ended;
    };
    return { port: Number(accepts[1] ?? port), stop };
  }
  throw new Error(`openssl ${args.join(' ')} did not start: ${said}`);
}

export class OpensslServers {
  readonly #folder: string;
  readonly #name: string;
  readonly #listeners: Listeners;

  private constructor(folder: string, name: string, listeners: Listeners) {
    this.#folder = folder;
    this.#name = name;
    this.#listeners = listeners;
  }

  /** Servers end with `listeners`; `remove` takes the certificates away. */
  static async make(name: string, listeners: Listeners): Promise<OpensslServers> {
    return new OpensslServers(await mkdtemp(path.join(os.tmpdir(), 'hostseal-s_server-')), name, listeners);
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true });
  }

  file(name: string): string {
    return path.join(this.#folder, name);
  }

  /** Self-signed. `key`: as `openssl req -newkey` takes it. */
  async certify(certificate: string, ...key: readonly string[]): Promise<void> {
    const out = ['-keyout', this.file(`${certificate}.key`), '-out', this.file(`${certificate}.pem`)];
    await run('openssl', ['req', '-x509', '-nodes', '-subj', `/CN=${this.#name}`, '-days', '2', '-newkey', ...key, ...out]);
  }

  /** The port that it listens on, of 127.0.0.1. */
  async serve(certificate: string, ...options: readonly string[]): Promise<number> {
    const files = ['-cert', this.file(`${certificate}.pem`), '-key', this.file(`${certificate}.key`)];
    const server = await startSServer({ address: '127.0.0.1' }, [...files, ...options]);
    this.#listeners.onStop(() => server.stop());
    return server.port;
  }
}

/** IANA names of what a cipher string stands for in one version. */
export async function opensslSuites(version: 'tls1' | 'tls1_2', ciphers: string): Promise<readonly string[]> {
  const { stdout } = await run('openssl', ['ciphers', '-s', `-${version}`, '-stdname', ciphers]);
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
}
