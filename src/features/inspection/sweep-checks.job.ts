import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { instant, minutes } from '../../values/instant.js';
import { Bindings } from '../bindings/bindings.service.js';
import { SiteChecks } from '../site-checks/site-checks.service.js';
import { CheckSchedule } from './check-schedule.service.js';

/** Bindings read at once. */
const BATCH = 500;
/** Of one round: the next goes on where it ended, so that all are looked at several times a day, whatever their number. */
const BATCHES = 20;
/** Begun by one round, within the minute: some 50,000 a day. */
const MOST_BEGUN = 35;
/** Woken by one round: those whose wake-up was lost. */
const MOST_WOKEN = 100;

/** Begins the daily checks of what is served, and wakes those that should be under way. */
@Injectable()
export class SweepChecksJob implements JobHandler {
  readonly name = 'check.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;
  /** Where the last round ended. */
  private after = '';

  constructor(
    private readonly checks: SiteChecks,
    private readonly schedule: CheckSchedule,
    private readonly bindings: Bindings,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const overdue = instant(this.clock.now() - minutes(1));
    for (const id of await this.checks.due(overdue, MOST_WOKEN)) await this.queue.send('check.run', { id });
    let begun = 0;
    for (let round = 0; round < BATCHES && begun < MOST_BEGUN; round++) {
      const batch = await this.bindings.batch(this.after, BATCH);
      const siteIds = [...new Set(batch.map(({ siteId }) => siteId))];
      begun += await this.schedule.beginDue(siteIds, MOST_BEGUN - begun);
      this.after = batch.length < BATCH ? '' : batch.at(-1)!.id;
      if (this.after === '') break;
    }
  }
}
