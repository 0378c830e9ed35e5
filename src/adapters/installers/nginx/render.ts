/**
 * What is served, in nginx's words. Data in, text out. Whatever comes from outside is in its normal form here (site.ts of
 * the engine, nginx-place.ts), in which no character means anything to nginx; what is written is read again all the same before it is
 * written to a disk (admit.ts).
 *
 * Each binding is a server of its own. Its plain port only answers challenges and leads to HTTPS. Nothing here is
 * common to all of nginx but the size of the table of names: the rest of its configuration is somebody else's.
 */
import type { NginxBuild } from './nginx-build.js';
import type { Listener } from '../installer.js';
import { isWildcard, withoutWildcard } from '../../../values/hostname.js';
import { endpointText, type IpAddress } from '../../../values/ip-address.js';
import { CHALLENGE_KINDS } from '../generations/challenges.js';
import { listenerOf, type Site } from '../generations/site.js';

export type Wording = {
  readonly tree: string;
  readonly build: Pick<NginxBuild, 'http2' | 'hybridGroups'>;
  readonly listeners: readonly Listener[];
};

/** A site whose address nginx no longer listens on for us is kept in the data, and answers nowhere. */
export function renderSites(sites: readonly Site[], wording: Wording): string {
  return sites.map((site) => renderSite(site, wording)).join('');
}

function renderSite(site: Site, wording: Wording): string {
  const { address, port, name } = site.key;
  const listener = listenerOf(site.key, wording.listeners);
  if (!listener) return '';
  const host = withoutWildcard(name);
  // nginx's own wildcards stand for many labels; ours stand for one (RFC 6125 6.4.3). `$host` is then known by this pattern.
  const [serverName, target] = isWildcard(name) ? [`"~${hostPattern(name)}"`, '$host'] : [host, host];
  const origin = port === 443 ? `https://${target}` : `https://${target}:${port}`;
  const certificates = site.certificates.flatMap((id) => {
    const path = `${wording.tree}/certificates/${id}.pem`;
    return [`ssl_certificate ${path};`, `ssl_certificate_key ${path};`];
  });
  return block('server', [
    ...listens(address, listener, '', wording),
    `server_name ${serverName};`,
    ...certificates,
    ...tls(wording),
    ...challenges(wording),
    block('location /', [
      'default_type text/plain;',
      // 308 keeps method and body (RFC 9110 15.4.9).
      block('if ($https = "")', [`return 308 ${origin}$request_uri;`]),
      // A name that the handshake was not for may be somebody else's site (RFC 9110 15.5.20).
      block(`if ($ssl_server_name !~* "${hostPattern(name)}")`, ['return 421 "This connection is for another name.\\n";']),
      `return 404 "No content is configured here for ${isWildcard(name) ? 'this name' : host}.\\n";`,
    ]),
  ]);
}

/** One label for the asterisk; a name may come with the dot of its root (RFC 1034 3.1). */
function hostPattern(name: Site['key']['name']): string {
  const host = withoutWildcard(name).replaceAll('.', '\\.');
  return isWildcard(name) ? `^[a-z0-9_-]+\\.${host}$` : `^${host}\\.?$`;
}

/**
 * What answers where no site does, at each address: challenges for every name, a certificate that is nobody's, and a refusal.
 * `nameTable`: whether the size of nginx's table of names is ours to set; it may be set once only.
 */
export function renderFoundation(wording: Wording, nameTable: boolean): string {
  const table = ['server_names_hash_bucket_size 512;', 'server_names_hash_max_size 16384;'];
  const neutral = `${wording.tree}/neutral.pem`;
  const servers = wording.listeners.map((listener) =>
    block('server', [
      ...listens(listener.address, listener, ' default_server', wording),
      `ssl_certificate ${neutral};`,
      `ssl_certificate_key ${neutral};`,
      ...tls(wording),
      ...challenges(wording),
      block('location /', [
        'default_type text/plain;',
        block('if ($https = "")', ['return 404 "Nothing is served here under this name.\\n";']),
        'return 421 "Nothing is served here under this name.\\n";',
      ]),
    ]),
  );
  return [...(nameTable ? table.map((line) => `${line}\n`) : []), ...servers].join('');
}

/** Does what `renderFoundation` wrote listen for challenges at all of these? */
export const foundationListens = (text: string, listeners: readonly Listener[]): boolean =>
  listeners.every(({ address, httpPort }) => text.includes(`listen ${endpointText({ address, port: httpPort })} default_server;`));

function listens(address: IpAddress, { httpPort, httpsPort }: Listener, more: string, { build }: Wording): readonly string[] {
  const http2 = build.http2 === 'ON_LISTEN' ? ' http2' : '';
  return [
    `listen ${endpointText({ address, port: httpPort })}${more};`,
    `listen ${endpointText({ address, port: httpsPort })} ssl${http2}${more};`,
    ...(build.http2 === 'DIRECTIVE' ? ['http2 on;'] : []),
  ];
}

/** Today's "intermediate" (Mozilla 6.0; RFC 9325 4), as the embedded edge. Said for each server: it must not reach the neighbours. */
function tls({ build }: Wording): readonly string[] {
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
const challenges = ({ tree }: Wording): readonly string[] =>
  CHALLENGE_KINDS.map((kind) =>
    block(`location ^~ /.well-known/${kind}/`, [
      `alias ${tree}/challenges/${kind}/$host/;`,
      'default_type text/plain;',
      'types { }',
      'add_header Cache-Control no-store;',
    ]),
  );

function block(head: string, lines: readonly string[]): string {
  const body = lines.flatMap((line) => line.trimEnd().split('\n')).map((line) => `    ${line}\n`);
  return `${head} {\n${body.join('')}}\n`;
}
