import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { SiteServersStore } from './site-servers.store.js';

/** Sites by the server that is their home. The servers are locked by whoever changes it. */
@Injectable()
export class HomeSites {
  constructor(private readonly store: SiteServersStore) {}

  /** Has any its home there? */
  any(tx: Tx, serverId: string): Promise<boolean> {
    return this.store.anyAtHome(tx, serverId);
  }

  moveAll(tx: Tx, from: string, to: string): Promise<void> {
    return this.store.moveAllHomes(tx, from, to);
  }
}
