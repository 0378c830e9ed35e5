/** The websites of an account, by UAPI's `DomainInfo::domains_data`: both APIs reach it, and it knows the names that are made with a domain. */
import type { CertificateName } from '../../../../values/hostname.js';
import { ok, type Result } from '../../../../values/result.js';
import { addressesIn, namesIn, type Website } from '../website.js';
import type { CpanelApi } from './cpanel-api.js';
import { fieldsOf, listOf, textOf } from './envelopes.js';

export async function websitesOfAccount(api: Pick<CpanelApi, 'uapi'>, user: string): Promise<Result<readonly Website[]>> {
  const answer = await api.uapi(user, 'DomainInfo', 'domains_data', { format: 'list' });
  if (!answer.ok) return answer;
  return ok(
    listOf(answer.value).flatMap((entry) => {
      const { servername, domain, serveralias, ip, ipv6, documentroot } = fieldsOf(entry);
      const name = textOf(servername);
      if (name === '') return [];
      return {
        user,
        servername: name,
        names: namesIn([name, domain, ...textOf(serveralias).split(/\s+/)]),
        addresses: addressesIn([ip, ipv6]),
        docroot: textOf(documentroot),
      };
    }),
  );
}

export const findWebsite = (websites: readonly Website[], name: CertificateName): Website | undefined =>
  websites.find(({ names }) => names.includes(name));
