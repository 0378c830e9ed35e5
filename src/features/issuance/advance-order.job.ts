import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import type { Fenced } from '../../platform/database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from '../../platform/fault-points.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { seconds } from '../../values/instant.js';
import { ok, type Result } from '../../values/result.js';
import { afterFailure, decide, SETTLED, type Order, type OrderEvent, type Step } from '../orders/order.js';
import { OrderBook } from '../orders/order-book.service.js';
import { OrderSteps, type Taken } from './order-steps.service.js';

type Work = Exclude<Step, { do: 'rest' | 'wait' }>;
/** More than the longest walk takes: an order that goes round in circles is a bug, and must not hold a worker. */
const MOST_STEPS = 30;

/**
 * Takes an order as far as it goes now: decide, write the intent, do it through a port, write the outcome. A process that dies
 * anywhere in between is replaced when its claim runs out, and the next one goes on from the last written line.
 */
@Injectable()
export class AdvanceOrderJob implements JobHandler {
  readonly name = 'order.advance';
  readonly concurrency = 16;
  readonly atEdge = true;

  constructor(
    private readonly book: OrderBook,
    private readonly steps: OrderSteps,
    private readonly claims: Claims,
    private readonly jobs: Jobs,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(FAULT_POINTS) private readonly faults: FaultPoints,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const held = await this.claims.whileHolding(`order:${id}`, (claim) => this.advance(id, claim));
    // Somebody else is at it, and may have decided before this wake-up's reason: look again.
    if (!held.held) await this.jobs.sendLater(this.name, { id }, seconds(2));
  }

  private async advance(id: string, claim: Fenced): Promise<void> {
    for (let taken = 0; taken < MOST_STEPS; taken++) {
      const order = await this.book.read(id);
      if (!order) return;
      const step = decide(order, this.clock.now());
      if (step.do === 'rest') return;
      if (step.do === 'wait') return this.jobs.sendAt(this.name, { id }, step.until);
      const outcome = await this.take(order, step, claim);
      if (!outcome.ok && outcome.problem.code === 'CLAIM_LOST') return;
    }
    throw new Error(`order ${id} did not come to rest in ${MOST_STEPS} steps`);
  }

  private async take(order: Order, step: Work, claim: Fenced): Promise<Result<void>> {
    const intended = await this.write(claim, order, withIntent(order, step, this.clock.now()), {
      step: step.do,
      phase: 'INTENT',
      because: INTENTS[step.do],
    });
    if (!intended.ok) return intended;
    await this.faults.reached(`order.${step.do}.intended`);
    const taken = await this.steps.take(intended.value, step);
    await this.faults.reached(`order.${step.do}.done`);
    const written = taken.ok
      ? await this.write(
          claim,
          intended.value,
          taken.value.next,
          { step: step.do, phase: taken.value.problem ? 'FAILED' : 'DONE', because: taken.value.because, problem: taken.value.problem },
          taken.value.also,
        )
      : await this.write(claim, intended.value, afterFailure(intended.value, taken.problem, this.clock.now()), {
          step: step.do,
          phase: 'FAILED',
          because: 'did not work',
          problem: taken.problem,
        });
    await this.faults.reached(`order.${step.do}.written`);
    if (!written.ok && written.problem.code === 'CLAIM_LOST') await this.withdraw(intended.value);
    return written.ok ? ok(undefined) : written;
  }

  /** A worker that hung may lay files down after the one that replaced it took them away. */
  private async withdraw({ id, presented }: Order): Promise<void> {
    const newest = await this.book.read(id);
    if (newest && SETTLED.includes(newest.state) && presented.length > 0)
      await this.steps.take(newest, { do: 'cleanUp', files: presented });
  }

  private write(claim: Fenced, before: Order, after: Order, event: Omit<OrderEvent, 'at'>, also?: Taken['also']): Promise<Result<Order>> {
    return this.book.advance(claim, before, after, { ...event, at: this.clock.now() }, also);
  }
}

const INTENTS: Readonly<Record<Work['do'], string>> = {
  makeKey: 'a fresh key for this certificate',
  startAtCa: 'hand the order to the CA',
  present: 'lay down the files that show control of the names',
  check: 'look for the files as the CA will',
  respond: 'tell the CA that the files are there',
  poll: 'ask the CA how far it is',
  finalize: 'send the certificate request',
  download: 'fetch the certificate and check it',
  cleanUp: 'take the files away again',
  settle: 'end the order',
};

/** What has to be known before the outside world is touched, so that a crash leaves nothing behind unseen. */
function withIntent(order: Order, step: Work, now: Order['wakeAt']): Order {
  if (step.do === 'startAtCa') return { ...order, placingSince: order.placingSince ?? now };
  if (step.do === 'present')
    return { ...order, presented: [...order.presented, ...step.files.map(({ id, name, path, body }) => ({ id, name, path, body }))] };
  return order;
}
