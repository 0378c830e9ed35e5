import { Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { isGivenUp, type StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { tlsPlaces, type Address } from '../servers/address.js';
import { Servers } from '../servers/servers.service.js';
import type { Site } from '../sites/site.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { Sites } from '../sites/sites.service.js';
import { wantedFor, type Binding } from './binding.js';
import { ServerMap } from './server-map.service.js';
import { diffMaps, newFindings, withBound, withoutSite, type SniDiff } from './sni-diff.js';
import { sniFindings, together, type SniFinding } from './sni-findings.js';
import { candidates, indexed, resolve, type SniAnswer, type SniMap } from './sni-map.js';

/** `binding`: where it is the actor's to see. `ANOTHER_ACCOUNT`: one answers, and whose it is, is nobody's business. */
export type WhoAnswers = Pick<SniAnswer, 'why' | 'considered'> & {
  readonly answer: 'SITE' | 'ANOTHER_ACCOUNT' | 'NEUTRAL' | 'NOTHING';
  readonly binding?: Binding;
};
export type Preview = SniDiff & { readonly newFindings: readonly SniFinding[] };
/** Without a certificate: the site is taken away. */
export type PreviewInput = { siteId: string; certificateId?: string | null };

/** What callers ask about SNI maps. They read about what is theirs, whoever else is at the same address. */
@Injectable()
export class SniMaps {
  constructor(
    private readonly maps: ServerMap,
    private readonly access: Access,
    private readonly servers: Servers,
    private readonly sites: Sites,
    private readonly siteServers: SiteServers,
    private readonly certificates: Certificates,
  ) {}

  address(actor: Actor, id: string): Promise<Result<Address>> {
    return this.servers.address(actor, id);
  }

  /** What is odd at these addresses, about the actor's sites, by address. The addresses were already shown to the caller. */
  async findingsAt(actor: Actor, addressIds: readonly string[]): Promise<ReadonlyMap<string, readonly SniFinding[]>> {
    const addresses = [...(await this.servers.addressesByIds(addressIds)).values()];
    const byServer = new Map<string, readonly SniFinding[]>();
    for (const serverId of new Set(addresses.map((address) => address.serverId))) {
      const { map, facts } = await this.maps.of(serverId, actor.accountPath);
      byServer.set(serverId, await this.visible(actor, sniFindings(indexed(map), facts)));
    }
    return new Map(
      addresses.map(({ id, ip, serverId }) => [id, byServer.get(serverId)!.filter(({ at }) => at.some((place) => place.ip === ip))]),
    );
  }

  /** `name`: as a client would send it. */
  async whoAnswers(actor: Actor, addressId: string, port: number, name: string | null): Promise<Result<WhoAnswers>> {
    const found = await this.servers.address(actor, addressId);
    if (!found.ok) return found;
    const { ip } = found.value;
    const names = candidates(name ?? '').map(([each]) => each);
    const { map, bindings } = await this.maps.at(found.value, port, names);
    const { answer, why, considered } = resolve(indexed(map), { ip, port, ...(name !== null && { name }) });
    if (typeof answer === 'string') return ok({ answer, why, considered });
    const mine = await this.access.within(actor, 'account', [answer.accountId]);
    if (!mine.has(answer.accountId)) return ok({ answer: 'ANOTHER_ACCOUNT', why, considered: [] });
    const binding = bindings.find(({ name: bound }) => bound === answer.name);
    return ok({ answer: 'SITE', why, considered, binding });
  }

  /** What the maps of the site's servers would be, were the certificate bound to it, or the site taken away. Nothing is done. */
  async preview(actor: Actor, { siteId, certificateId }: PreviewInput): Promise<Result<Preview>> {
    const site = await this.sites.one(actor, siteId);
    if (!site.ok) return site;
    const certificate = certificateId == null ? ok(undefined) : await this.certificates.one(actor, certificateId);
    if (!certificate.ok) return certificate;
    const servers = (await this.siteServers.ofSites([site.value])).get(siteId)!;
    const changes = await Promise.all(servers.map((serverId) => this.changeAt(actor, serverId, site.value, certificate.value)));
    const diffs = changes.map(({ before, after }) => diffMaps(before, after));
    const findings = (of: 'found' | 'toBeFound') => together(changes.flatMap((change) => change[of]));
    return ok({
      added: diffs.flatMap(({ added }) => added),
      changed: diffs.flatMap(({ changed }) => changed),
      removed: diffs.flatMap(({ removed }) => removed),
      newFindings: await this.visible(actor, newFindings(findings('found'), findings('toBeFound'))),
    });
  }

  /** The map of one server, and what is found in it, before and after. */
  private async changeAt({ accountPath }: Actor, serverId: string, site: Site, certificate: StoredCertificate | undefined) {
    const { map: before, facts } = await this.maps.of(serverId, accountPath);
    const after = certificate ? await this.bound(before, serverId, site, certificate) : withoutSite(before, site.id);
    const sites = certificate ? facts.sites : facts.sites.filter(({ id }) => id !== site.id);
    return { before, after, found: sniFindings(indexed(before), facts), toBeFound: sniFindings(indexed(after), { ...facts, sites }) };
  }

  /** As SiteBindings would bind it. */
  private async bound(map: SniMap, serverId: string, site: Site, certificate: StoredCertificate): Promise<SniMap> {
    if (isGivenUp(certificate)) return map;
    const addresses = (await this.servers.addressesOf([serverId])).get(serverId) ?? [];
    return withBound(map, site, wantedFor(site.names, tlsPlaces(addresses, site.accountId), certificate), certificate);
  }

  private async visible(actor: Actor, findings: readonly SniFinding[]): Promise<readonly SniFinding[]> {
    const mine = await this.access.within(actor, 'account', [...new Set(findings.map(({ accountId }) => accountId))]);
    return findings.filter(({ accountId }) => mine.has(accountId));
  }
}
