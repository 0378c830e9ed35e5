import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, instant } from '../../values/instant.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Observations } from '../deployments/observations.service.js';
import { Health } from './health.service.js';

/** Bindings read at once, and looked at in one round; the rest is looked at a minute later. */
const BATCH = 200;
const ROUND = 2_000;
/** How long checks are kept. */
const KEEP_CHECKS = days(7);

/** Looks at every binding often enough that "secure" always rests on a fresh handshake. */
@Injectable()
export class SweepHealthJob implements JobHandler {
  readonly name = 'health.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly health: Health,
    private readonly bindings: Bindings,
    private readonly observations: Observations,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    let looked = 0;
    let after = '';
    for (
      let batch = await this.bindings.batch(after, BATCH);
      batch.length > 0 && looked < ROUND;
      batch = await this.bindings.batch(after, BATCH)
    ) {
      looked += await this.health.lookAtStale(batch);
      after = batch.at(-1)!.id;
    }
    await this.observations.forgetChecksBefore(instant(this.clock.now() - KEEP_CHECKS));
  }
}
