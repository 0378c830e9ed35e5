import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { MovesStore } from './moves.store.js';

/** Woken in one go; the rest a minute later. */
const MOST = 500;

/** Wakes every move that somebody should look at. */
@Injectable()
export class SweepMovesJob implements JobHandler {
  readonly name = 'move.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: MovesStore,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    for (const id of await this.store.due(this.clock.now(), MOST)) await this.queue.send('move.advance', { id });
  }
}
