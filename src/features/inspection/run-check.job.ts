import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { seconds } from '../../values/instant.js';
import type { KeptCheck } from '../site-checks/kept-check.js';
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
    private readonly jobs: Jobs,
  ) {
    jobs.register(this);
  }

  /** One of a name at a time: the next one is to see what the one before it could not. */
  async handle({ id }: WakeUp): Promise<void> {
    const asked = await this.due(id);
    if (!asked) return;
    const held = await this.claims.whileHolding(`check:${asked.siteId}:${asked.name}`, async (claim) => {
      const check = await this.due(id);
      if (check) await this.work.make(check, claim);
    });
    if (!held.held) await this.jobs.sendLater(this.name, { id }, seconds(2));
  }

  private async due(id: string): Promise<KeptCheck | undefined> {
    const check = (await this.checks.byIds([id])).get(id);
    return check && check.finishedAt === undefined && check.dueAt <= this.clock.now() ? check : undefined;
  }
}
