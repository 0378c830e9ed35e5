import { Inject, Injectable } from '@nestjs/common';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { instant, seconds } from '../../values/instant.js';
import { OrderBook } from '../orders/order-book.service.js';

/** Orders woken in one round; the rest a minute later. */
const ROUND = 500;
/** The first wake-up after an issuance is usually done by then. */
const PATIENCE = seconds(30);

/** Wakes every order that is due, and tells again of what was issued and not bound: nothing is forgotten because one wake-up was lost. */
@Injectable()
export class SweepOrdersJob implements JobHandler {
  readonly name = 'order.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly book: OrderBook,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const now = this.clock.now();
    for (const id of await this.book.due(now, ROUND)) await this.queue.send('order.advance', { id });
    const lost = instant(now - PATIENCE);
    for (const id of await this.book.notHandedOn(lost, now, ROUND)) await this.queue.send('certificate.issued', { id });
  }
}
