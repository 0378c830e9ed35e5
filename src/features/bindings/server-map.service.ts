import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../values/clock.js';
import { isWildcard, withoutWildcard } from '../../values/hostname.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Domains } from '../domains/domains.service.js';
import { tlsPorts, type Address } from '../servers/address.js';
import { Servers } from '../servers/servers.service.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { certificateIdsOf, type Binding, type MapBinding } from './binding.js';
import { BindingsStore } from './bindings.store.js';
import type { SniFacts } from './sni-findings.js';
import { wildcardFor, type SniEntry, type SniMap, type SniPlace } from './sni-map.js';

/** The SNI map of a server, and what it is held against, as they are stored now. */
@Injectable()
export class ServerMap {
  constructor(
    private readonly store: BindingsStore,
    private readonly servers: Servers,
    private readonly siteServers: SiteServers,
    private readonly certificates: Certificates,
    private readonly domains: Domains,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** As far as it concerns an account at this place and all below it: what others have there is no part of it, but for wildcards over theirs. */
  async of(serverId: string, accountPath: string): Promise<{ readonly map: SniMap; readonly facts: SniFacts }> {
    const addresses = (await this.servers.addressesOf([serverId])).get(serverId) ?? [];
    const sites = await this.siteServers.namesOn(serverId, accountPath);
    const above = [...new Set(sites.flatMap((site) => site.names.flatMap((name) => wildcardFor(name) ?? [])))];
    const entries = await this.entriesOf(await this.store.ofMap(serverId, accountPath, above));
    const names = [...new Set([...sites.flatMap((site) => site.names), ...entries.map(({ name }) => name)])];
    const domains = await Promise.all([
      this.domains.atOrAbove(names.map(withoutWildcard)),
      this.domains.oneBelow(names.filter(isWildcard).map(withoutWildcard)),
    ]);
    const places = addresses.flatMap((address) => placesAt(address).map((place) => ({ ...place, dedicatedTo: address.dedicatedTo })));
    return { map: { places, entries }, facts: { now: this.clock.now(), sites, addresses: places, domains: domains.flat() } };
  }

  /** Of one place, and of nothing but these names. */
  async at(
    address: Address,
    port: number,
    names: readonly string[],
  ): Promise<{ readonly map: SniMap; readonly bindings: readonly Binding[] }> {
    const bindings = await this.store.atPlace(address.id, port, names);
    return { map: { places: placesAt(address), entries: await this.entriesOf(bindings) }, bindings };
  }

  /** One for each binding, in their order. */
  private async entriesOf(bindings: readonly MapBinding[]): Promise<readonly SniEntry[]> {
    const outlines = await this.certificates.outlines([...new Set(bindings.flatMap(certificateIdsOf))]);
    return bindings.map((binding) => {
      const { ip, port, name, accountId, siteId } = binding;
      return { ip, port, name, accountId, siteId, certificates: certificateIdsOf(binding).map((id) => outlines.get(id)!) };
    });
  }
}

const placesAt = (address: Address): readonly SniPlace[] => tlsPorts(address).map(({ port }) => ({ ip: address.ip, port }));
