import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, instant } from '../../values/instant.js';
import { Observations } from '../observations/observations.service.js';
import { DeploymentsStore } from './deployments.store.js';

/** How long it can be looked up what was changed, and by which handshakes it was proven. */
const KEEP = days(90);

/** Forgets deployments that ended long ago, some each minute: no single statement is ever large. */
@Injectable()
export class PruneDeploymentsJob implements JobHandler {
  readonly name = 'deployment.prune';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: DeploymentsStore,
    private readonly observations: Observations,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const ids = await this.store.endedBefore(instant(this.clock.now() - KEEP));
    // Its handshakes first: those of a deployment that is gone would never be found again.
    await this.observations.forgetDeployments(ids);
    await this.store.delete(ids);
  }
}
