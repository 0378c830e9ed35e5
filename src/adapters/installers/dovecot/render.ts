/**
 * What is served, in Dovecot's words. Data in, text out. `local_name` is matched against the name of the handshake, and the first that fits wins; its asterisk
 * stands for one label, as ours does. All else, and the certificate for those who name no site of ours, is somebody else's.
 */
import { endpointText } from '../../../values/ip-address.js';
import { mailAnswersAt, oneOfEachName } from '../generations/mail/mail-sites.js';
import type { Site } from '../generations/site.js';
import type { MailListener } from '../installer.js';

/** `ssl_cert` and `ssl_alt_cert`. */
export const MOST_CERTIFICATES = 2;

export type Wording = { readonly tree: string; readonly mail: readonly MailListener[] };

/** A site whose address and port is no more of ours is kept in the data, and answers nowhere. */
export const renderSites = (sites: readonly Site[], wording: Wording): string =>
  oneOfEachName(sites.filter(({ key }) => mailAnswersAt(key, wording.mail)))
    .map((site) => renderSite(site, wording))
    .join('');

function renderSite({ key, certificates }: Site, { tree }: Wording): string {
  const lines = certificates.flatMap((id, at) => {
    const [kind, path] = [at === 0 ? '' : 'alt_', `${tree}/certificates/${id}.pem`];
    return [`  ssl_${kind}cert = <${path}\n`, `  ssl_${kind}key = <${path}\n`];
  });
  return `local_name ${key.name} {\n${lines.join('')}}\n`;
}

/** Nothing of ours answers where no site does. With other places every site is looked at again. */
export const renderFoundation = ({ mail }: Wording): string =>
  `# For names at ${mail.flatMap(({ address, ports }) => ports.map(({ port }) => endpointText({ address, port }))).join(', ')}.\n`;
