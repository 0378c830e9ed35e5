import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { HomeSites } from '../sites/home-sites.service.js';
import type { SiteServers } from '../sites/site-servers.service.js';
import type { Move } from './move.js';
import { MovesStore } from './moves.store.js';

type Locked = NonNullable<Awaited<ReturnType<SiteServers['lock']>>>;

/** What each turn of a move means for its site. All in one transaction, with the site's servers locked. */
@Injectable()
export class MoveBook {
  constructor(
    private readonly store: MovesStore,
    private readonly homes: HomeSites,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The new home is the home. All old servers go on showing the site: as further ones. */
  async switchHome(tx: Tx, move: Move, { site, servers }: Locked, there: readonly Move['toServerId'][]): Promise<void> {
    const now = this.clock.now();
    const stay = await this.homes.furtherOf(tx, site.id);
    const leaving = servers.filter((id) => !there.includes(id) && !stay.includes(id));
    await this.homes.moveHome(tx, site.id, move.toServerId);
    await this.homes.removeFurther(tx, site.id, there);
    await this.homes.addFurther(tx, site.id, leaving);
    await this.store.save(tx, { ...move, state: 'DRAINING', leaving, switchedAt: now, dueAt: now });
  }

  async cancel(tx: Tx, move: Move): Promise<void> {
    await this.homes.removeFurther(tx, move.siteId, move.added);
    await this.end(tx, move, 'CANCELLED');
  }

  /** What was put on the old servers is taken away, and proven to be gone. */
  async finish(tx: Tx, move: Move): Promise<void> {
    await this.homes.removeFurther(tx, move.siteId, move.leaving);
    await this.end(tx, move, 'DONE');
  }

  private async end(tx: Tx, move: Move, state: 'DONE' | 'CANCELLED'): Promise<void> {
    await this.store.save(tx, { ...move, state, finishedAt: this.clock.now() });
  }
}
