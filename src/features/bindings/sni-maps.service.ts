import { Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { isGivenUp, type StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { tlsPlaces, type Address } from '../servers/address.js';
import { Servers } from '../servers/servers.service.js';
import type { Site } from '../sites/site.js';
import { Sites } from '../sites/sites.service.js';
import { wantedFor, type Binding } from './binding.js';
import { ServerMap } from './server-map.service.js';
import { diffMaps, newFindings, withBound, withoutSite, type SniDiff } from './sni-diff.js';
import { sniFindings, type SniFinding } from './sni-findings.js';
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

  /** What the map of the site's server would be, were the certificate bound to it, or the site taken away. Nothing is done. */
  async preview(actor: Actor, { siteId, certificateId }: PreviewInput): Promise<Result<Preview>> {
    const site = await this.sites.one(actor, siteId);
    if (!site.ok) return site;
    const certificate = certificateId == null ? ok(undefined) : await this.certificates.one(actor, certificateId);
    if (!certificate.ok) return certificate;
    const { map, facts } = await this.maps.of(site.value.serverId, actor.accountPath);
    const after = certificate.value ? await this.bound(map, site.value, certificate.value) : withoutSite(map, siteId);
    const sites = certificate.value ? facts.sites : facts.sites.filter(({ id }) => id !== siteId);
    const begun = newFindings(sniFindings(indexed(map), facts), sniFindings(indexed(after), { ...facts, sites }));
    return ok({ ...diffMaps(map, after), newFindings: await this.visible(actor, begun) });
  }

  /** As SiteBindings would bind it. */
  private async bound(map: SniMap, site: Site, certificate: StoredCertificate): Promise<SniMap> {
    if (isGivenUp(certificate)) return map;
    const addresses = (await this.servers.addressesOf([site.serverId])).get(site.serverId) ?? [];
    return withBound(map, site, wantedFor(site.names, tlsPlaces(addresses, site.accountId), certificate), certificate);
  }

  private async visible(actor: Actor, findings: readonly SniFinding[]): Promise<readonly SniFinding[]> {
    const mine = await this.access.within(actor, 'account', [...new Set(findings.map(({ accountId }) => accountId))]);
    return findings.filter(({ accountId }) => mine.has(accountId));
  }
}
