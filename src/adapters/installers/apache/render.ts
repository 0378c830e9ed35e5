/**
 * What is served, in Apache's words. Data in, text out. Whatever comes from outside is in its normal form here (site.ts of the engine,
 * apache-place.ts), in which no character means anything to Apache; what is written is read again all the same before it is written to a disk
 * (admit.ts).
 *
 * Each binding is a host of its own at its secure port. At the plain port, which only answers challenges and leads to HTTPS, one host has all names
 * of a shard. All is done by mod_rewrite, which is asked before the other modules: nothing that somebody says for the whole server (a `Redirect`, a
 * `Location`) comes in between. Nothing here is common to all of Apache but `Listen`: the rest of its configuration is somebody else's.
 */
import { isWildcard, withoutWildcard } from '../../../values/hostname.js';
import { endpointText } from '../../../values/ip-address.js';
import { CHALLENGE_KINDS } from '../generations/challenges.js';
import { listenerOf, shardOf, type Site } from '../generations/site.js';
import type { BindingKey, Listener } from '../installer.js';
import { NEEDED_MODULES, type ApacheBuild } from './apache-build.js';
import type { Listen } from './syntax/dump.js';

export type Wording = {
  readonly tree: string;
  /** The folder of its modules. */
  readonly modules: string;
  readonly build: Pick<ApacheBuild, 'http2' | 'hybridGroups'>;
  readonly listeners: readonly Listener[];
  /** Where its own configuration listens. */
  readonly listens: readonly Listen[];
};

/**
 * Wildcards come after all exact names, and those with more labels before those with fewer: of the hosts that match a name Apache takes the
 * first.
 */
export function apacheShardOf(key: BindingKey): string {
  if (!isWildcard(key.name)) return shardOf(key);
  const depth = Math.max(0, 255 - key.name.split('.').length);
  return `ff${depth.toString(16).padStart(2, '0')}${shardOf(key)}`;
}

/** A site whose address Apache no longer listens on for us is kept in the data, and answers nowhere. */
export function renderSites(sites: readonly Site[], wording: Wording): string {
  const placed = sites.flatMap((site) => {
    const listener = listenerOf(site.key, wording.listeners);
    return listener ? [{ site, listener }] : [];
  });
  const exact = placed.filter(({ site }) => !isWildcard(site.key.name));
  const wild = placed.filter(({ site }) => isWildcard(site.key.name));
  return [
    ...exact.map(({ site }) => secureHost(site, wording)),
    ...[...Map.groupBy(exact, ({ listener }) => listener)].map(([listener, here]) =>
      plainHost(
        here.map(({ site }) => site.key.name),
        listener,
        wording,
      ),
    ),
    ...wild.flatMap(({ site, listener }) => wildcardHosts(site, listener, wording)),
  ].join('');
}

function secureHost(site: Site, wording: Wording): string {
  const { name } = site.key;
  const host = withoutWildcard(name);
  const certificates = site.certificates.map((id) => `${wording.tree}/certificates/${id}.pem`);
  return section(`VirtualHost ${endpointText(site.key)}`, [
    ...(isWildcard(name) ? [`ServerName ${NOBODY}`, `ServerAlias ${name}`] : [`ServerName ${host}`]),
    ...tls(certificates, wording),
    ...rewriting(wording, isWildcard(name) ? undefined : host),
    // A name that the handshake was not for may be somebody else's site (RFC 9110 15.5.20).
    `RewriteCond "%{SSL:SSL_TLS_SNI}" "!${hostPattern(name)}" [NC]`,
    'RewriteRule "^" "-" [R=421,L]',
    'RewriteRule "^" "-" [R=404,L]',
    'ErrorDocument 421 "This connection is for another name."',
    `ErrorDocument 404 "No content is configured here for ${isWildcard(name) ? 'this name' : host}."`,
  ]);
}

/** One label for the asterisk; a name may come with the dot of its root (RFC 1034 3.1). */
function hostPattern(name: Site['key']['name']): string {
  const host = withoutWildcard(name).replaceAll('.', '\\.');
  return isWildcard(name) ? `^[a-z0-9_-]+\\.${host}$` : `^${host}\\.?$`;
}

function plainHost([first = '', ...others]: readonly string[], { address, httpPort, httpsPort }: Listener, wording: Wording): string {
  const isWild = first.startsWith('*.');
  return section(`VirtualHost ${endpointText({ address, port: httpPort })}`, [
    ...(isWild ? [`ServerName ${NOBODY}`, `ServerAlias ${first}`] : [`ServerName ${first}`]),
    ...others.map((name) => `ServerAlias ${name}`),
    ...rewriting(wording, undefined),
    // 308 keeps method and body (RFC 9110 15.4.9). As it was asked for: what Apache makes of it could lead elsewhere.
    'RewriteCond "%{THE_REQUEST}" "^\\S+ (/[^?\\s]*)"',
    `RewriteRule "^" "https://%{SERVER_NAME}${httpsPort === 443 ? '' : `:${httpsPort}`}%1" [R=308,NE,L]`,
    'RewriteRule "^" "-" [R=404,L]',
    'ErrorDocument 404 "Nothing is served here under this name."',
  ]);
}

/**
 * Apache's wildcards stand for many labels; ours stand for one (RFC 6125 6.4.3). So names with more of them are caught before, by a host that is
 * nobody's.
 */
function wildcardHosts(site: Site, listener: Listener, wording: Wording): readonly string[] {
  const { name, address } = site.key;
  return [
    nobodySecure(listener, wording, [`*.${name}`]),
    nobodyPlain({ address, port: listener.httpPort }, wording, [`*.${name}`]),
    secureHost(site, wording),
    plainHost([name], listener, wording),
  ];
}

/** What answers where no site does, at each address: challenges for every name, a certificate that is nobody's, and a refusal. */
export function renderFoundation(wording: Wording): string {
  const modules = renderModules(wording.modules, NEEDED_MODULES);
  const listens = ownListens(wording).map((endpoint) => `Listen ${endpointText(endpoint)}\n`);
  const hosts = wording.listeners.flatMap((listener) => [
    nobodyPlain({ address: listener.address, port: listener.httpPort }, wording, []),
    nobodySecure(listener, wording, []),
  ]);
  return [modules, ...listens, ...hosts].join('');
}

/** Those that the rest of its configuration has not loaded by then. */
export const renderModules = (folder: string, names: readonly string[]): string =>
  names.map((name) => section(`IfModule !${name}_module`, [`LoadModule ${name}_module ${folder}/mod_${name}.so`])).join('');

/** Where we have to listen ourselves: to listen twice ends Apache. `Listen 80` takes all addresses of both kinds, `0.0.0.0:80` those of IPv4. */
export function ownListens({ listeners, listens }: Pick<Wording, 'listeners' | 'listens'>) {
  const wanted = listeners.flatMap(({ address, httpPort, httpsPort }) => [httpPort, httpsPort].map((port) => ({ address, port })));
  const covering = ({ address }: (typeof wanted)[number]) => ['*', '::', address, ...(address.includes(':') ? [] : ['0.0.0.0'])];
  return wanted.filter((endpoint) => !listens.some(({ address, port }) => port === endpoint.port && covering(endpoint).includes(address)));
}

function nobodySecure({ address, httpsPort }: Listener, wording: Wording, aliases: readonly string[]): string {
  return section(`VirtualHost ${endpointText({ address, port: httpsPort })}`, [
    `ServerName ${NOBODY}`,
    ...aliases.map((alias) => `ServerAlias ${alias}`),
    ...tls([`${wording.tree}/neutral.pem`], wording),
    ...rewriting(wording, undefined),
    'RewriteRule "^" "-" [R=421,L]',
    'ErrorDocument 404 "Nothing is served here under this name."',
    'ErrorDocument 421 "Nothing is served here under this name."',
  ]);
}

function nobodyPlain(at: Pick<BindingKey, 'address' | 'port'>, wording: Wording, aliases: readonly string[]): string {
  return section(`VirtualHost ${endpointText(at)}`, [
    `ServerName ${NOBODY}`,
    ...aliases.map((alias) => `ServerAlias ${alias}`),
    ...rewriting(wording, undefined),
    'RewriteRule "^" "-" [R=404,L]',
    'ErrorDocument 404 "Nothing is served here under this name."',
  ]);
}

/** Does what `renderFoundation` wrote show challenges at all of these? */
export const foundationListens = (text: string, listeners: readonly Listener[]): boolean =>
  listeners.every(({ address, httpPort }) => text.includes(`<VirtualHost ${endpointText({ address, port: httpPort })}>`));

/** RFC 6761 6.4: a name that can never be anybody's. */
const NOBODY = 'neutral.invalid';

/** Today's "intermediate" (Mozilla 6.0; RFC 9325 4), as the embedded edge. Said for each host: it must not reach the neighbours, nor they it. */
function tls(certificates: readonly string[], { build }: Wording): readonly string[] {
  return [
    'SSLEngine on',
    'SSLProtocol -all +TLSv1.2 +TLSv1.3',
    `SSLCipherSuite ${CIPHERS}`,
    'SSLHonorCipherOrder off',
    `SSLOpenSSLConfCmd Groups ${build.hybridGroups ? 'X25519MLKEM768:' : ''}X25519:P-256:P-384`,
    // A ticket key of Apache's own lives as long as its master: too long for forward secrecy.
    'SSLSessionTickets off',
    'SSLVerifyClient none',
    'SSLUseStapling off',
    ...(build.http2 ? ['Protocols h2 http/1.1'] : ['Protocols http/1.1']),
    // The key is in the same file.
    ...certificates.map((path) => `SSLCertificateFile ${path}`),
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

/** Challenges first. `host`: the one name that can come here; without it, the folder is that of the name that was asked for, which Apache has checked. */
function rewriting({ tree }: Wording, host: string | undefined): readonly string[] {
  return [
    'UseCanonicalName Off',
    'AllowEncodedSlashes NoDecode',
    'RewriteEngine on',
    ...(host === undefined ? ['RewriteMap lower int:tolower'] : []),
    ...CHALLENGE_KINDS.map((kind) => {
      const folder = `${tree}/challenges/${kind}/${host ?? '${lower:%{SERVER_NAME}}'}`;
      return `RewriteRule "^/\\.well-known/${kind}/([A-Za-z0-9_-]+)$" "${folder}/$1" [END]`;
    }),
    // Who may come to our sites is not said by a `Location` for the whole server.
    ...lines(section('Location /', ['AuthMerging Off', 'Require all granted'])),
    ...lines(
      section(`Directory ${tree}/challenges`, [
        'AllowOverride None',
        'Options None',
        'ForceType text/plain',
        ...lines(section('IfModule headers_module', ['Header set Cache-Control no-store'])),
      ]),
    ),
  ];
}

const lines = (text: string): readonly string[] => text.trimEnd().split('\n');

function section(head: string, inside: readonly string[]): string {
  return `<${head}>\n${inside.map((line) => `    ${line}\n`).join('')}</${head.slice(0, `${head} `.indexOf(' '))}>\n`;
}
