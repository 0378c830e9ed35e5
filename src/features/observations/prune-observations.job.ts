import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, instant } from '../../values/instant.js';
import { Observations } from './observations.service.js';

/** Long enough to look back at what went wrong last week. Checks that proved something are kept one a binding anyway. */
const KEEP_CHECKS = days(7);

/** Forgets old checks, some each minute: no single statement is ever large. */
@Injectable()
export class PruneObservationsJob implements JobHandler {
  readonly name = 'observation.prune';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly observations: Observations,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    await this.observations.forgetChecksBefore(instant(this.clock.now() - KEEP_CHECKS));
  }
}
