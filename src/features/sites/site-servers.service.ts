/**
 * Which servers answer for a site: its home, the other members of the home's pool, and its further ones. The only place that says so.
 *
 * Whoever changes it locks all servers that it is about, those before and those after; whoever relies on it locks them with `share`.
 * So nothing is bound where it is wanted no more, and nothing is missing where it is.
 */
import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import type { Id } from '../../values/id.js';
import { isWeb, type Address } from '../servers/address.js';
import { Servers } from '../servers/servers.service.js';
import type { Site } from './site.js';
import { SiteServersStore } from './site-servers.store.js';
import { SitesStore } from './sites.store.js';

type Placed = Pick<Site, 'id' | 'serverId'>;

@Injectable()
export class SiteServers {
  constructor(
    private readonly store: SiteServersStore,
    private readonly sites: SitesStore,
    private readonly servers: Servers,
  ) {}

  /** By site, the home first. */
  async ofSites(sites: readonly Placed[], tx?: Tx): Promise<ReadonlyMap<string, readonly Id<'server'>[]>> {
    const together = await this.servers.togetherWith([...new Set(sites.map(({ serverId }) => serverId))], tx);
    const further = await this.store.furtherOf(
      sites.map(({ id }) => id),
      tx,
    );
    return new Map(
      sites.map(({ id, serverId }) => [id, [...new Set([...(together.get(serverId) ?? [serverId]), ...(further.get(id) ?? [])])]]),
    );
  }

  /** For field resolvers: the sites were already shown to the caller. */
  async ofIds(siteIds: readonly string[]): Promise<ReadonlyMap<string, readonly Id<'server'>[]>> {
    return this.ofSites([...(await this.sites.byIds(siteIds)).values()]);
  }

  /** Where a site is to answer, by site. */
  async addressesOf(sites: readonly Placed[], tx?: Tx): Promise<ReadonlyMap<string, readonly Address[]>> {
    const servers = await this.ofSites(sites, tx);
    const addresses = await this.servers.addressesOf([...new Set([...servers.values()].flat())], tx);
    return new Map([...servers].map(([id, of]) => [id, of.flatMap((serverId) => addresses.get(serverId) ?? [])]));
  }

  /** The servers of a site that answer challenges of CAs: any of them may be asked. A server without an address is not asked. */
  async answering(site: Placed): Promise<readonly Id<'server'>[]> {
    const addresses = (await this.addressesOf([site])).get(site.id) ?? [];
    const web = new Set(addresses.filter(isWeb).map(({ serverId }) => serverId));
    return web.size > 0 ? [...web] : [site.serverId];
  }

  /** Sites that this server answers for. */
  async sitesOf(serverId: string, tx?: Tx): Promise<readonly Id<'site'>[]> {
    const together = (await this.servers.togetherWith([serverId], tx)).get(serverId) ?? [];
    return this.store.sitesOf(together, serverId, tx);
  }

  /** Those of an account at this place, and of all below it. */
  async namesOn(serverId: string, accountPath: string): Promise<readonly Pick<Site, 'id' | 'accountId' | 'names'>[]> {
    const together = (await this.servers.togetherWith([serverId])).get(serverId) ?? [];
    return this.sites.namesOn(together, serverId, accountPath);
  }

  /** Locks them, and these too; answers the site as it is then, and its servers: what changed while we waited is seen. Undefined: it is gone. */
  async lock(
    tx: Tx,
    siteId: string,
    { share, also = [] }: { share: boolean; also?: readonly Id<'server'>[] },
  ): Promise<{ site: Site; servers: readonly Id<'server'>[] } | undefined> {
    for (let locked: readonly Id<'server'>[] = []; ;) {
      const site = (await this.sites.byIds([siteId], tx)).get(siteId);
      if (!site || site.deletedAt !== undefined) return undefined;
      const servers = (await this.ofSites([site], tx)).get(siteId)!;
      const wanted = [...servers, ...also];
      if (wanted.every((id) => locked.includes(id))) return { site, servers };
      await this.servers.lock(tx, wanted, { share });
      locked = wanted;
    }
  }
}
