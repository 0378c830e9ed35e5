/**
 * What is served where nginx looks a certificate up by the name of each handshake: one server for each address, for all names. Sites are links
 * (name-place.ts), and none of them is in nginx's configuration: one more, or another certificate, is no reload. It reads key and chain
 * at every full handshake, in its workers, which therefore may read the keys. Data in, text out.
 */
import type { NginxBuild } from '../nginx-build.js';
import { block, challenges, listens, tls, type Wording } from '../words.js';
import { CERTIFICATE, PLACE, renderMaps, REQUEST, SECOND_CERTIFICATE } from './maps.js';
import { addressFolder, NAMES } from './name-place.js';

type ByNameWording = Wording & { readonly build: Pick<NginxBuild, 'keepsCertificates'> };

/** `pairs`: are there sites with two certificates? nginx then reads two at each handshake, also for those with one. */
export function renderByName(wording: ByNameWording, { pairs }: { readonly pairs: boolean }): string {
  const certificates = pairs ? [CERTIFICATE, SECOND_CERTIFICATE] : [CERTIFICATE];
  const servers = wording.listeners.map((listener) => {
    const { address, httpsPort } = listener;
    const port = httpsPort === 443 ? '' : `:${httpsPort}`;
    return block('server', [
      ...listens(address, listener, ' default_server', wording),
      `root ${wording.tree}/${NAMES}/${addressFolder(address, httpsPort)}/${PLACE};`,
      // Each look for a link that is not there is a line (maps.ts).
      'error_log /dev/null emerg;',
      ...certificates.flatMap((variable) => [`ssl_certificate ${variable};`, `ssl_certificate_key ${variable};`]),
      // What was removed shall not be shown any more.
      ...(wording.build.keepsCertificates ? ['ssl_certificate_cache off;'] : []),
      ...tls(wording),
      ...challenges(wording),
      block('location /', [
        'default_type text/plain;',
        // 308 keeps method and body (RFC 9110 15.4.9).
        when('redirect', `308 https://$host${port}$request_uri`),
        when('content', '404 "No content is configured here for this name.\\n"'),
        // A name that the handshake was not for may be somebody else's site (RFC 9110 15.5.20).
        when('another', '421 "This connection is for another name.\\n"'),
        when('unknown', '421 "Nothing is served here under this name.\\n"'),
        'return 404 "Nothing is served here under this name.\\n";',
      ]),
    ]);
  });
  return [renderMaps(wording.tree), ...servers].join('');
}

/** Did `renderByName` write it? */
export const isByName = (foundation: string): boolean => foundation.includes(`    ssl_certificate ${CERTIFICATE};\n`);

const when = (request: string, answer: string): string => block(`if (${REQUEST} = ${request})`, [`return ${answer};`]);
