import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Comparisons } from '../bindings/comparisons.service.js';
import { Placements } from '../placements/placements.service.js';
import { DeploymentsStore } from './deployments.store.js';

/** Wakes every server that a deployment is under way on, that has something to do, or that is due to be compared as a whole. */
@Injectable()
export class SweepDeploymentsJob implements JobHandler {
  readonly name = 'server.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: DeploymentsStore,
    private readonly bindings: Bindings,
    private readonly placements: Placements,
    private readonly comparisons: Comparisons,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const now = this.clock.now();
    const due = [
      ...(await this.store.serversWithOpen()),
      ...(await this.bindings.serversDue(now)),
      ...(await this.placements.serversDue(now)),
      ...(await this.comparisons.serversDue(now)),
    ];
    for (const id of new Set(due)) await this.queue.send('server.deploy', { id });
  }
}
