import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { SiteChecks } from '../site-checks/site-checks.service.js';
import { CheckWork } from './check-work.service.js';

/** Makes one full check, and keeps what it found. Killed in the middle, it is made again from the beginning. */
@Injectable()
export class RunCheckJob implements JobHandler {
  readonly name = 'check.run';
  /** Each is four connections at once, to servers that are often the same. */
  readonly concurrency = 2;

  constructor(
    private readonly checks: SiteChecks,
    private readonly work: CheckWork,
    private readonly claims: Claims,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  /** Whoever finds it claimed leaves it: the sweep brings another wake-up, should the other one die. */
  async handle({ id }: WakeUp): Promise<void> {
    await this.claims.whileHolding(`check:${id}`, async (claim) => {
      const check = (await this.checks.byIds([id])).get(id);
      if (check && check.finishedAt === undefined && check.dueAt <= this.clock.now()) await this.work.make(check, claim);
    });
  }
}
