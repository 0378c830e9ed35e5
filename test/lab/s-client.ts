/** `openssl s_client` as a witness: another's eye on a server of the lab. */
import { execFile } from 'node:child_process';
import { part } from '../support/suite/parts.js';
import type { RunningServer } from './lab.js';

/** All that it says; `TIMED OUT` where it has to be ended. */
export function sClient(
  { host, port, addresses: [address = ''] }: RunningServer,
  rootsFile: string,
  asked: readonly string[],
): Promise<string> {
  const name = asked.includes('-noservername') ? [] : ['-servername', host];
  const where = ['-connect', address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`];
  const args = ['s_client', ...where, ...name, '-verify_hostname', host, '-CAfile', rootsFile, ...asked];
  return new Promise((resolve) => {
    const child = execFile(part('openssl'), args, { timeout: 2_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve(`${error?.killed ? 'TIMED OUT\n' : ''}${stdout}${stderr}`),
    );
    child.stdin?.end();
  });
}
