import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Id } from '../../values/id.js';
import type { Result } from '../../values/result.js';
import { Accounts } from '../accounts/accounts.service.js';
import type { Server } from '../servers/server.js';
import { Servers } from '../servers/servers.service.js';
import { SiteServersStore } from './site-servers.store.js';

type ServerId = Id<'server'>;

/** What rooms to the right change about where sites are. The servers are locked by whoever does; each hears of it. */
@Injectable()
export class HomeSites {
  constructor(
    private readonly store: SiteServersStore,
    private readonly servers: Servers,
    private readonly accounts: Accounts,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  /** Has any its home there? */
  any(tx: Tx, serverId: string): Promise<boolean> {
    return this.store.anyAtHome(tx, serverId);
  }

  moveAll(tx: Tx, from: string, to: string): Promise<void> {
    return this.store.moveAllHomes(tx, from, to);
  }

  /** The server, if sites of that account may be there; NOT_FOUND, or ADDRESSES_DEDICATED. */
  async forSiteOf(tx: Tx, accountId: string, serverId: string): Promise<Result<Server>> {
    const account = (await this.accounts.byIds([accountId], tx)).get(accountId)!;
    return this.servers.forUse(account, serverId, tx);
  }

  moveHome(tx: Tx, siteId: string, to: string): Promise<void> {
    return this.store.moveHome(tx, siteId, to);
  }

  async furtherOf(tx: Tx, siteId: string): Promise<readonly ServerId[]> {
    return (await this.store.furtherOf([siteId], tx)).get(siteId) ?? [];
  }

  async addFurther(tx: Tx, siteId: string, ids: readonly ServerId[]): Promise<void> {
    for (const id of ids) if (await this.store.add(tx, siteId, id)) await this.queue.send('addresses.changed', { id }, { tx });
  }

  async removeFurther(tx: Tx, siteId: string, ids: readonly ServerId[]): Promise<void> {
    for (const id of ids) if (await this.store.remove(tx, siteId, id)) await this.queue.send('addresses.changed', { id }, { tx });
  }
}
