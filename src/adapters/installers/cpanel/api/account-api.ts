/** UAPI (port 2083): one account, by its own token. */
import type { CertificateName } from '../../../../values/hostname.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { Secret } from '../../../../values/secret.js';
import { addressesIn, namesIn, type Material, type ShownWebsite, type Website } from '../website.js';
import { findWebsite, websitesOfAccount } from './account-websites.js';
import type { ApiSession, Parameters } from './api-session.js';
import type { CpanelApi } from './cpanel-api.js';
import { fieldsOf, listOf, readApi2, readUapi, textOf } from './envelopes.js';

export class AccountApi implements CpanelApi {
  constructor(private readonly session: ApiSession) {}

  async version(): Promise<Result<string>> {
    const answer = await this.own('DomainInfo', 'domains_data', { format: 'list' });
    return answer.ok ? ok('not told to an account') : answer;
  }

  async shown(): Promise<Result<readonly ShownWebsite[]>> {
    const answer = await this.own('SSL', 'installed_hosts');
    if (!answer.ok) return answer;
    return ok(
      listOf(answer.value).map((entry) => {
        const { servername, fqdns, ip, certificate_text } = fieldsOf(entry);
        const names = namesIn([servername, ...listOf(fqdns)]);
        return { servername: textOf(servername), names, addresses: addressesIn([ip]), certificate: textOf(certificate_text) };
      }),
    );
  }

  async websitesOf(names: readonly CertificateName[]): Promise<Result<ReadonlyMap<CertificateName, Website>>> {
    const websites = await websitesOfAccount(this, this.session.user);
    if (!websites.ok) return websites;
    return ok(
      new Map(
        names.flatMap((name) => {
          const website = findWebsite(websites.value, name);
          return website ? [[name, website] as const] : [];
        }),
      ),
    );
  }

  /** The key is in the account's own store, under the id of the certificate. */
  async material({ servername }: Pick<Website, 'servername'>): Promise<Result<Material | undefined>> {
    const hosts = await this.own('SSL', 'installed_hosts');
    if (!hosts.ok) return hosts;
    const host = listOf(hosts.value)
      .map(fieldsOf)
      .find((each) => each['servername'] === servername);
    if (!host) return ok(undefined);
    const answer = await this.own('SSL', 'fetch_cert_info', { id: textOf(fieldsOf(host['certificate'])['id']) });
    if (!answer.ok) return answer;
    const { certificate, cabundle, key } = fieldsOf(answer.value);
    return ok({ certificate: textOf(certificate), chain: textOf(cabundle), key: Secret.of(textOf(key)) });
  }

  async install({ servername }: Pick<Website, 'servername'>, { certificate, chain, key }: Material): Promise<Result<void>> {
    const cabundle: Parameters = chain === '' ? {} : { cabundle: chain };
    const answer = await this.own('SSL', 'install_ssl', { domain: servername, cert: certificate, key: key.revealText(), ...cabundle });
    return answer.ok ? ok(undefined) : answer;
  }

  async remove({ servername }: Pick<Website, 'servername'>): Promise<Result<void>> {
    const answer = await this.own('SSL', 'delete_ssl', { domain: servername });
    return answer.ok ? ok(undefined) : answer;
  }

  async uapi(user: string, module: string, name: string, parameters: Parameters): Promise<Result<unknown>> {
    return user === this.session.user ? this.own(module, name, parameters) : notThis(user);
  }

  async api2(user: string, module: string, name: string, parameters: Parameters): Promise<Result<unknown>> {
    if (user !== this.session.user) return notThis(user);
    const target = { cpanel_jsonapi_user: user, cpanel_jsonapi_module: module, cpanel_jsonapi_func: name };
    return this.session.ask('/json-api/cpanel', { ...target, cpanel_jsonapi_apiversion: '2', ...parameters }, readApi2);
  }

  private own(module: string, name: string, parameters: Parameters = {}): Promise<Result<unknown>> {
    return this.session.ask(`/execute/${module}/${name}`, parameters, readUapi);
  }
}

const notThis = (user: string): Result<never> => err(problem('SERVER_REFUSED', { detail: `the API token is not of ${user}` }));
