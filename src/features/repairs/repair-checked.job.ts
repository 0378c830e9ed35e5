import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue, type WakeUp } from '../../platform/jobs/queue.js';
import { RepairsStore } from './repairs.store.js';

/** A check has ended: repairs that it proves, or does not, go on. */
@Injectable()
export class RepairCheckedJob implements JobHandler {
  readonly name = 'check.done';
  readonly concurrency = 1;

  constructor(
    private readonly store: RepairsStore,
    @Inject(QUEUE) private readonly queue: Queue,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    for (const waiting of await this.store.waitingForCheck(id)) await this.queue.send('repair.advance', { id: waiting });
  }
}
