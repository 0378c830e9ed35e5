/** `openssl s_server`: a TLS server of other making, with every switch that OpenSSL has. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { Listeners } from './listen.js';

/** The port. It ends with the test. */
export async function startOpenssl(listeners: Listeners, options: readonly string[]): Promise<number> {
  const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...options], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  listeners.onStop(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  // It says `ACCEPT 127.0.0.1:40123` when it listens, and ends when its standard input does.
  let said = '';
  for await (const text of server.stdout) {
    said += String(text);
    const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port === undefined) continue;
    // Whoever leaves the loop ends the stream, and the server waits for who reads what it says.
    return Number(port);
  }
  throw new Error(`openssl s_server did not start: ${said}`);
}

/** IANA names of what a cipher string stands for in one version. */
export async function opensslSuites(version: 'tls1' | 'tls1_2', ciphers: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('openssl', ['ciphers', '-s', `-${version}`, '-stdname', ciphers]);
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
}
