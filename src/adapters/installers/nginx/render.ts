/**
 * What is served, in nginx's words. Data in, text out. Whatever comes from outside is in its normal form here (site.ts of
 * the engine, nginx-place.ts), in which no character means anything to nginx; what is written is read again all the same before it is
 * written to a disk (admit.ts).
 *
 * Each binding is a server of its own. Its plain port only answers challenges and leads to HTTPS. Nothing here is
 * common to all of nginx but the size of the table of names: the rest of its configuration is somebody else's.
 */
import type { Listener } from '../installer.js';
import { isWildcard, withoutWildcard } from '../../../values/hostname.js';
import { endpointText } from '../../../values/ip-address.js';
import { listenerOf, type Site } from '../generations/site.js';
import { block, challenges, listens, tls, type Wording } from './words.js';

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
