import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, instant } from '../../values/instant.js';
import { RepairsStore } from './repairs.store.js';

/** Woken by one round: those whose wake-up was lost. */
const MOST_WOKEN = 500;
/** As long as findings are kept. */
const KEEP = days(90);

/** Wakes every repair that should have gone on, and forgets those that ended long ago. */
@Injectable()
export class SweepRepairsJob implements JobHandler {
  readonly name = 'repair.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: RepairsStore,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const now = this.clock.now();
    for (const id of await this.store.due(now, MOST_WOKEN)) await this.queue.send('repair.advance', { id });
    await this.store.forgetEndedBefore(instant(now - KEEP));
  }
}
