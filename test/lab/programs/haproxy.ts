/** All HAProxy rows in one HAProxy: a frontend for each, on a port of its own. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { part } from '../../support/suite/parts.js';
import type { Recipe, Serving } from '../lab-server.js';
import { leaf } from '../recipes.js';
import { INTERMEDIATE } from './nginx.js';
import { type Started, startProgram } from './program.js';

/** Keywords of its bind line. */
export const haproxy = (settings: readonly string[] = [], ...certificates: readonly Recipe[]): Serving => ({
  by: 'HAPROXY',
  settings,
  certificates: certificates.length > 0 ? certificates : [leaf()],
});

export type Frontend = {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly settings: readonly string[];
  /** Certificate, key and chain in one file. */
  readonly files: readonly { readonly together: string }[];
};

export async function startLabHaproxy(frontends: readonly Frontend[], directory: string): Promise<Started> {
  const configuration = path.join(directory, 'haproxy.cfg');
  await writeFile(configuration, spell(frontends));
  const [first] = frontends;
  return startProgram(part('haproxy'), ['-db', '-f', configuration], { host: first!.address, port: first!.port });
}

const spell = (frontends: readonly Frontend[]): string => `
global
	maxconn 512
	ssl-default-bind-ciphers ${INTERMEDIATE}
	ssl-default-bind-curves X25519:P-256:P-384
	ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers
defaults
	mode http
	timeout client 30s
	timeout connect 5s
	timeout server 30s
${frontends.map(spellFrontend).join('\n')}
`;

const spellFrontend = ({ name, address, port, settings, files }: Frontend): string => `
frontend ${name}
	bind ${address}:${port} ssl ${files.map(({ together }) => `crt ${together}`).join(' ')} alpn h2,http/1.1 ${settings.join(' ')}
	http-request return status 200 content-type text/plain string fine hdr Strict-Transport-Security max-age=63072000
`;
