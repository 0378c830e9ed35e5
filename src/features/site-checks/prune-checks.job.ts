import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, instant } from '../../values/instant.js';
import { SiteChecksStore } from './site-checks.store.js';

/** As long as findings are kept. A site has at most a hundred in any case. */
const KEEP = days(90);

/** Forgets old checks, some each minute: no single statement is ever large. */
@Injectable()
export class PruneChecksJob implements JobHandler {
  readonly name = 'check.prune';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: SiteChecksStore,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    await this.store.forgetEndedBefore(instant(this.clock.now() - KEEP));
  }
}
