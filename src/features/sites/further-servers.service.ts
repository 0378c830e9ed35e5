import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import { problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations, type Done } from '../../platform/mutations/mutations.service.js';
import { Access } from '../accounts/access.service.js';
import { Accounts } from '../accounts/accounts.service.js';
import { Servers } from '../servers/servers.service.js';
import type { Site } from './site.js';
import { SiteServers } from './site-servers.service.js';
import { SiteServersStore } from './site-servers.store.js';
import { SitesStore } from './sites.store.js';

type Pair = { readonly siteId: Id<'site'>; readonly serverId: Id<'server'> };
type Changed = Result<{ site: Site; replayed: boolean }>;

/** Servers that answer for a site beside its home: for its mail, or in another place. */
@Injectable()
export class FurtherServers {
  constructor(
    private readonly store: SiteServersStore,
    private readonly sites: SitesStore,
    private readonly siteServers: SiteServers,
    private readonly servers: Servers,
    private readonly accounts: Accounts,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  /** What the site shows elsewhere, it shows there too from now on. */
  async add(actor: Actor, siteId: string, serverId: string, key: string): Promise<Changed> {
    return this.run(actor, 'site.addServer', { siteId, serverId }, key, (tx, pair, site) => this.give(tx, pair, site));
  }

  /** Nothing of it is shown there any more; never the home, which it moves away from. */
  async remove(actor: Actor, siteId: string, serverId: string, key: string): Promise<Changed> {
    return this.run(actor, 'site.removeServer', { siteId, serverId }, key, async (tx, pair, site) => {
      if (site.serverId === pair.serverId) return err(problem('HOME_SERVER', {}, { subject: pair.serverId }));
      return (await this.take(tx, pair)) ? ok(undefined) : err(problem('NOT_FOUND', { what: 'server' }, { subject: pair.serverId }));
    });
  }

  /** NOT_FOUND for one that the site's account may not use, ADDRESSES_DEDICATED for one that has no room for it. The servers are locked. */
  async give(tx: Tx, { siteId, serverId }: Pair, { accountId }: Pick<Site, 'accountId'>): Promise<Result<void>> {
    const account = (await this.accounts.byIds([accountId], tx)).get(accountId)!;
    const usable = await this.servers.forUse(account, serverId, tx);
    if (!usable.ok) return usable;
    await this.store.add(tx, siteId, serverId);
    await this.queue.send('addresses.changed', { id: serverId }, { tx });
    return ok(undefined);
  }

  /** False where it was none. The servers are locked. */
  async take(tx: Tx, { siteId, serverId }: Pair): Promise<boolean> {
    const taken = await this.store.remove(tx, siteId, serverId);
    if (taken) await this.queue.send('addresses.changed', { id: serverId }, { tx });
    return taken;
  }

  private async run(
    actor: Actor,
    action: string,
    ids: { siteId: string; serverId: string },
    key: string,
    change: (tx: Tx, pair: Pair, site: Site) => Promise<Result<void>>,
  ): Promise<Changed> {
    const input = allFields({ siteId: parseId('site', ids.siteId), serverId: parseId('server', ids.serverId) });
    const allow = async ({ siteId, serverId }: Pair): Promise<Result<void>> => {
      const allowed = await this.access.require(actor, 'WRITE_SITES', 'site', [siteId]);
      return allowed.ok ? this.access.require(actor, 'WRITE_SITES', 'server', [serverId], 'USE') : allowed;
    };
    const done: Result<Done> = await this.mutations.run({ by: actor, action, key, input, allow }, async (tx, pair) => {
      const locked = await this.siteServers.lock(tx, pair.siteId, { share: false, also: [pair.serverId] });
      if (!locked) return err(problem('NOT_FOUND', { what: 'site' }, { subject: pair.siteId }));
      const changed = await change(tx, pair, locked.site);
      return changed.ok ? ok(pair.siteId) : changed;
    });
    if (!done.ok) return done;
    return ok({ site: (await this.sites.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }
}
