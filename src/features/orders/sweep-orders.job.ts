import { Inject, Injectable } from '@nestjs/common';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { OrdersStore } from './orders.store.js';

/** Orders woken in one round; the rest a minute later. */
const ROUND = 500;

/** Wakes every order that is due: no order is forgotten because one wake-up was lost. */
@Injectable()
export class SweepOrdersJob implements JobHandler {
  readonly name = 'order.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: OrdersStore,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    for (const id of await this.store.due(this.clock.now(), ROUND)) await this.queue.send('order.advance', { id });
  }
}
