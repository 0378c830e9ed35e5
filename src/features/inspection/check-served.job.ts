import { Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { seconds } from '../../values/instant.js';
import { CheckSchedule } from './check-schedule.service.js';

/** Several orders and servers of a site often come to their end together: one check sees them all. */
const REST = seconds(5);

/** What a site is served with was changed, and proven: it is checked whole, a moment later. */
@Injectable()
export class CheckServedJob implements JobHandler {
  readonly name = 'site.served';
  readonly concurrency = 1;

  constructor(
    private readonly schedule: CheckSchedule,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    await this.schedule.begin(id, 'CHANGED', REST);
  }
}
