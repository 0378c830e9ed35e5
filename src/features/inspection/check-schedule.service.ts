import { Inject, Injectable } from '@nestjs/common';
import { Transactions } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { minutes, type Duration } from '../../values/instant.js';
import { fraction, RANDOM, type Random } from '../../values/random.js';
import { ok, unwrap } from '../../values/result.js';
import { CheckBook } from '../site-checks/check-book.service.js';
import { nextDue, type CheckOccasion } from '../site-checks/kept-check.js';
import { SiteChecks } from '../site-checks/site-checks.service.js';
import { Sites } from '../sites/sites.service.js';

/** Those that are begun together are spread over this. */
const SPREAD = minutes(1);

/** Begins checks that nobody asked for. */
@Injectable()
export class CheckSchedule {
  constructor(
    private readonly checks: SiteChecks,
    private readonly sites: Sites,
    private readonly book: CheckBook,
    private readonly transactions: Transactions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** Of these sites at most so many that are due; answers how many that were. */
  async beginDue(siteIds: readonly string[], most: number): Promise<number> {
    const newest = await this.checks.newestAskedOf(siteIds);
    const now = this.clock.now();
    const due = siteIds.filter((id) => {
      const last = newest.get(id);
      return last === undefined || nextDue(last) <= now;
    });
    const begun = due.slice(0, most);
    for (const siteId of begun) await this.begin(siteId, 'SCHEDULED', Math.floor(SPREAD * fraction(this.random)) as Duration);
    return begun.length;
  }

  /** All names of it that are worth one. */
  async begin(siteId: string, occasion: CheckOccasion, after: Duration): Promise<void> {
    const site = (await this.sites.byIds([siteId])).get(siteId);
    if (!site) return;
    unwrap(await this.transactions.run(async (tx) => ok(await this.book.openAll(tx, site, occasion, after))));
  }
}
