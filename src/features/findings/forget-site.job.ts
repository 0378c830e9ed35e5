import { Inject, Injectable } from '@nestjs/common';
import { Transactions } from '../../platform/database/transaction.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { ok, unwrap } from '../../values/result.js';
import { AlarmsStore } from './alarms.store.js';
import { FindingsStore } from './findings.store.js';

/** A site was deleted: nothing is wrong with it any more. */
@Injectable()
export class ForgetSiteJob implements JobHandler {
  readonly name = 'site.deleted';
  readonly concurrency = 1;

  constructor(
    private readonly findings: FindingsStore,
    private readonly alarms: AlarmsStore,
    private readonly transactions: Transactions,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const now = this.clock.now();
    unwrap(
      await this.transactions.run(async (tx) => {
        await this.findings.resolveAllOf(tx, id, now);
        const open = await this.alarms.openOf(tx, id);
        if (open) await this.alarms.end(tx, open.id, now);
        return ok(undefined);
      }),
    );
  }
}
