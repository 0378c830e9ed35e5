/** What all that we write for nginx has in common: where it listens, how it speaks TLS, and where challenges are. */
import type { NginxBuild } from './nginx-build.js';
import type { Listener } from '../installer.js';
import { endpointText, type IpAddress } from '../../../values/ip-address.js';
import { CHALLENGE_KINDS } from '../generations/challenges.js';

export type Wording = {
  readonly tree: string;
  readonly build: Pick<NginxBuild, 'http2' | 'hybridGroups'>;
  readonly listeners: readonly Listener[];
};

export function listens(address: IpAddress, { httpPort, httpsPort }: Listener, more: string, { build }: Wording): readonly string[] {
  const http2 = build.http2 === 'ON_LISTEN' ? ' http2' : '';
  return [
    `listen ${endpointText({ address, port: httpPort })}${more};`,
    `listen ${endpointText({ address, port: httpsPort })} ssl${http2}${more};`,
    ...(build.http2 === 'DIRECTIVE' ? ['http2 on;'] : []),
  ];
}

/** Today's "intermediate" (Mozilla 6.0; RFC 9325 4), as the embedded edge. Said for each server: it must not reach the neighbours. */
export function tls({ build }: Wording): readonly string[] {
  return [
    'ssl_protocols TLSv1.2 TLSv1.3;',
    `ssl_ciphers ${CIPHERS};`,
    'ssl_prefer_server_ciphers off;',
    `ssl_ecdh_curve ${build.hybridGroups ? 'X25519MLKEM768:' : ''}X25519:prime256v1:secp384r1;`,
    'ssl_session_cache shared:hostseal:10m;',
    'ssl_session_timeout 1d;',
    // A ticket key of nginx's own lives as long as its master: too long for forward secrecy.
    'ssl_session_tickets off;',
  ];
}

const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** nginx refuses a Host with a slash or two dots in a row before it gets here, so `$host` is the name of one folder. */
export const challenges = ({ tree }: Wording): readonly string[] =>
  CHALLENGE_KINDS.map((kind) =>
    block(`location ^~ /.well-known/${kind}/`, [
      `alias ${tree}/challenges/${kind}/$host/;`,
      'default_type text/plain;',
      'types { }',
      'add_header Cache-Control no-store;',
    ]),
  );

export function block(head: string, lines: readonly string[]): string {
  const body = lines.flatMap((line) => line.trimEnd().split('\n')).map((line) => `    ${line}\n`);
  return `${head} {\n${body.join('')}}\n`;
}
