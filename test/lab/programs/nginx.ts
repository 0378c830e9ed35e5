/** All nginx rows in one nginx: a server block for each, on a port of its own. */
import { startTestNginx } from '../../support/nginx/nginx.js';
import type { Block, Recipe, Serving } from '../lab-server.js';
import { leaf } from '../recipes.js';
import type { Started } from './program.js';

/** Mozilla's intermediate policy, as far as OpenSSL 3.0 knows its groups. */
export const INTERMEDIATE = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');
const SOUND: Readonly<Record<string, string>> = {
  ssl_protocols: 'TLSv1.2 TLSv1.3',
  ssl_ciphers: INTERMEDIATE,
  ssl_ecdh_curve: 'X25519:prime256v1:secp384r1',
  ssl_prefer_server_ciphers: 'off',
  ssl_session_cache: 'shared:lab:1m',
  add_header: 'Strict-Transport-Security "max-age=63072000; includeSubDomains" always',
};

/** With these directives in the place of the sound ones; an empty one is left out. */
export const nginx = (settings: Readonly<Record<string, string>> = {}, ...certificates: readonly Recipe[]): Serving =>
  nginxBlocks({ settings, certificates: certificates.length > 0 ? certificates : [leaf()] });
export const nginxBlocks = (...blocks: readonly Block[]): Serving => ({ by: 'NGINX', blocks });

export type NginxBlock = Pick<Block, 'settings' | 'listen'> & {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly files: readonly { readonly certificate: string; readonly key: string; readonly staple?: string }[];
};

export const startLabNginx = async (blocks: readonly NginxBlock[]): Promise<Started> =>
  startTestNginx({ http: `default_type text/plain;\n${blocks.map(spell).join('')}` });

function spell({ name, address, port, settings, files, listen }: NginxBlock): string {
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const certificates = files.flatMap(({ certificate, key, staple }) => [
    `ssl_certificate ${certificate}`,
    `ssl_certificate_key ${key}`,
    ...(staple === undefined ? [] : ['ssl_stapling on', `ssl_stapling_file ${staple}`]),
  ]);
  const lines = [
    `listen ${where}${listen === 'plain' ? '' : ' ssl http2'}`,
    `server_name ${name}`,
    ...Object.entries({ ...(listen === 'plain' ? {} : SOUND), ...settings })
      .filter(([, value]) => value !== '')
      .map(([directive, value]) => `${directive} ${value}`),
    ...certificates,
  ];
  return `server {\n${lines.map((line) => `\t${line};\n`).join('')}\tlocation / { return 200 "fine\\n"; }\n}\n`;
}
