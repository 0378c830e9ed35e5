import { Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Looks } from './looks.service.js';

/** Bindings read at once, and looked at in one round; the rest is looked at a minute later. */
const BATCH = 200;
const ROUND = 2_000;

/** Looks at every binding often enough that "secure" always rests on a fresh handshake. */
@Injectable()
export class SweepHealthJob implements JobHandler {
  readonly name = 'health.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly looks: Looks,
    private readonly bindings: Bindings,
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
      looked += await this.looks.atStale(batch);
      after = batch.at(-1)!.id;
    }
  }
}
