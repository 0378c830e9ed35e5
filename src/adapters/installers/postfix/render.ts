/**
 * What is served, in the lines of a table for tls_server_sni_maps: a name, and the files with key and chain, of which Postfix takes the first kind that the client can
 * use. Data in, text out. A name that has no line of its own is looked up by its parents, `.shop.example`, one after the other.
 */
import { isWildcard, withoutWildcard } from '../../../values/hostname.js';
import { endpointText } from '../../../values/ip-address.js';
import { mailAnswersAt, oneOfEachName } from '../generations/mail/mail-sites.js';
import type { Site } from '../generations/site.js';
import type { MailListener } from '../installer.js';

/** OpenSSL keeps one certificate for each kind of key, of which clients know two. */
export const MOST_CERTIFICATES = 2;

export type Wording = { readonly tree: string; readonly mail: readonly MailListener[] };

/** A site whose address and port is no more of ours is kept in the data, and answers nowhere. */
export const renderSites = (sites: readonly Site[], { tree, mail }: Wording): string =>
  oneOfEachName(sites.filter(({ key }) => mailAnswersAt(key, mail)))
    .map(({ key: { name }, certificates }) => {
      const entry = isWildcard(name) ? `.${withoutWildcard(name)}` : name;
      return `${entry} ${certificates.map((id) => `${tree}/certificates/${id}.pem`).join(' ')}\n`;
    })
    .join('');

/** Nothing of ours answers where no site does. With other places every site is looked at again. */
export const renderFoundation = ({ mail }: Wording): string =>
  `# For names at ${mail.flatMap(({ address, ports }) => ports.map(({ port }) => endpointText({ address, port }))).join(', ')}.\n`;
