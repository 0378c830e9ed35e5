/** Programs that look at the same server, in the way their users run them. */
import { part } from '../../test/support/suite/parts.js';
import type { Place } from './process.js';

type Peer = {
  readonly title: string;
  readonly times: number;
  readonly command: (host: string, address: string, port: number) => readonly string[];
};

export const SSLSCAN: Peer = {
  title: 'sslscan',
  times: 15,
  command: (host, address, port) => [part('sslscan'), '--no-colour', `--sni-name=${host}`, `${address}:${port}`],
};
export const PEERS: readonly Peer[] = [
  SSLSCAN,
  {
    title: 'nmap ssl-enum-ciphers',
    times: 5,
    command: (host, address, port) => {
      const script = ['--script', 'ssl-enum-ciphers', '--script-args', `tls.servername=${host}`];
      return [part('nmap'), '-sT', '-Pn', '-n', '-p', `${port}`, ...script, address];
    },
  },
  {
    title: 'testssl --fast',
    // It takes longer than all else together.
    times: 1,
    command: (host, address, port) => [part('testssl'), '--quiet', '--warnings', 'off', '--fast', '--ip', address, `${host}:${port}`],
  },
];

/** Why it cannot be measured, where it is missing. */
export function commandOf({ command }: Peer, { port, sites: [site] }: Place): readonly string[] | { readonly missing: string } {
  try {
    return command(site!.name, site!.address, port);
  } catch (error) {
    return { missing: (error as Error).message };
  }
}
