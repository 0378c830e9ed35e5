/** WHM API 1 (port 2087): the whole server, or what a reseller has of it. UAPI and API 2 are reached through it, as any account. */
import { withoutWildcard, type CertificateName } from '../../../../values/hostname.js';
import { ok, type Result } from '../../../../values/result.js';
import { Secret } from '../../../../values/secret.js';
import { addressesIn, namesIn, type Material, type ShownWebsite, type Website } from '../website.js';
import { findWebsite, websitesOfAccount } from './account-websites.js';
import type { ApiSession, Parameters } from './api-session.js';
import type { CpanelApi } from './cpanel-api.js';
import { fieldsOf, listOf, readApi2, readUapiThroughWhm, readWhm, textOf } from './envelopes.js';

/** Websites of one answer: about 1 MiB with their certificates. */
const PAGE = 100;

export class WhmApi implements CpanelApi {
  constructor(private readonly session: ApiSession) {}

  async version(): Promise<Result<string>> {
    const answer = await this.call('version');
    return answer.ok ? ok(textOf(fieldsOf(answer.value)['version'])) : answer;
  }

  async shown(): Promise<Result<readonly ShownWebsite[]>> {
    const websites = await this.list('fetch_ssl_vhosts', 'vhosts');
    if (!websites.ok) return websites;
    // Its answer has the private keys of everybody: nothing but the certificates is taken out of it.
    const components = await this.list('fetch_vhost_ssl_components', 'components');
    if (!components.ok) return components;
    const certificates = new Map(components.value.map(({ servername, certificate }) => [textOf(servername), textOf(certificate)]));
    return ok(
      websites.value.flatMap(({ servername, domains, ip, ipv6 }) => {
        const certificate = certificates.get(textOf(servername));
        const addresses = addressesIn([ip, ipv6]);
        const names = namesIn([servername, ...listOf(domains)]);
        return certificate === undefined ? [] : { servername: textOf(servername), names, addresses, certificate };
      }),
    );
  }

  async websitesOf(names: readonly CertificateName[]): Promise<Result<ReadonlyMap<CertificateName, Website>>> {
    const found = new Map<CertificateName, Website>();
    const known: Website[] = [];
    const asked = new Set<string>();
    for (const name of names) {
      const at = findWebsite(known, name);
      const owners = at ? ok([]) : await this.ownersOf(name);
      if (!owners.ok) return owners;
      for (const user of owners.value.filter((each) => !asked.has(each))) {
        asked.add(user);
        const websites = await websitesOfAccount(this, user);
        if (!websites.ok) return websites;
        known.push(...websites.value);
      }
      const website = at ?? findWebsite(known, name);
      if (website) found.set(name, website);
    }
    return ok(found);
  }

  async material({ servername }: Pick<Website, 'servername'>): Promise<Result<Material | undefined>> {
    const components = await this.filtered('fetch_vhost_ssl_components', 'components', 'servername', servername);
    if (!components.ok) return components;
    const [first] = components.value.filter((each) => each['servername'] === servername);
    if (!first) return ok(undefined);
    const [certificate, chain, key] = [textOf(first['certificate']), textOf(first['cabundle']), textOf(first['key'])];
    return ok(certificate === '' ? undefined : { certificate, chain, key: Secret.of(key) });
  }

  async install({ servername }: Pick<Website, 'servername'>, { certificate, chain, key }: Material): Promise<Result<void>> {
    const cab: Parameters = chain === '' ? {} : { cab: chain };
    const answer = await this.call('installssl', { domain: servername, crt: certificate, key: key.revealText(), ...cab });
    return answer.ok ? ok(undefined) : answer;
  }

  async remove({ servername }: Pick<Website, 'servername'>): Promise<Result<void>> {
    const answer = await this.call('delete_ssl_vhost', { host: servername });
    return answer.ok ? ok(undefined) : answer;
  }

  uapi(user: string, module: string, name: string, parameters: Parameters): Promise<Result<unknown>> {
    const target = { 'cpanel.user': user, 'cpanel.module': module, 'cpanel.function': name };
    return this.session.ask('/json-api/uapi_cpanel?api.version=1', { ...target, ...parameters }, readUapiThroughWhm);
  }

  api2(user: string, module: string, name: string, parameters: Parameters): Promise<Result<unknown>> {
    const target = { cpanel_jsonapi_user: user, cpanel_jsonapi_module: module, cpanel_jsonapi_func: name };
    const all = { ...target, cpanel_jsonapi_apiversion: '2', ...parameters };
    return this.session.ask('/json-api/cpanel?api.version=1', all, readApi2);
  }

  /** The accounts that may have a name: of the domain itself, or of the one that a www. or mail. was made with. */
  private async ownersOf(name: CertificateName): Promise<Result<readonly string[]>> {
    const parent = withoutWildcard(name).split('.').slice(1).join('.');
    for (const domain of [name, parent]) {
      const domains = await this.filtered('get_domain_info', 'domains', 'domain', domain);
      if (!domains.ok) return domains;
      const users = domains.value.filter((each) => each['domain'] === domain).map(({ user }) => textOf(user));
      if (users.length > 0) return ok(users);
    }
    return ok([]);
  }

  private call(name: string, parameters: Parameters = {}): Promise<Result<unknown>> {
    return this.session.ask(`/json-api/${name}?api.version=1`, parameters, readWhm);
  }

  /** https://api.docs.cpanel.net/whm/filter-output/. */
  private async filtered(name: string, list: string, field: string, value: string): Promise<Result<readonly Entry[]>> {
    const filter = { 'api.filter.a.field': field, 'api.filter.a.arg0': value, 'api.filter.a.type': 'eq' };
    const answer = await this.call(name, { 'api.filter.enable': '1', ...filter });
    return answer.ok ? ok(entriesOf(answer.value, list)) : answer;
  }

  /** https://api.docs.cpanel.net/whm/paginate-output/. */
  private async list(name: string, list: string): Promise<Result<readonly Entry[]>> {
    const all: Entry[] = [];
    for (;;) {
      const page = { 'api.chunk.enable': '1', 'api.chunk.size': `${PAGE}`, 'api.chunk.start': `${all.length + 1}` };
      const answer = await this.call(name, page);
      if (!answer.ok) return answer;
      const entries = entriesOf(answer.value, list);
      // One that does not page gives all at once, again and again.
      if (all.some(({ servername }) => servername === entries[0]?.['servername'])) return ok(all);
      all.push(...entries);
      if (entries.length !== PAGE) return ok(all);
    }
  }
}

type Entry = Readonly<Record<string, unknown>>;
const entriesOf = (data: unknown, list: string): readonly Entry[] => listOf(fieldsOf(data)[list]).map(fieldsOf);
