import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import type { Fenced } from '../../platform/database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from '../../platform/fault-points.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { seconds } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';
import type { Result } from '../../values/result.js';
import { afterFailure, decide, SETTLED, type Order, type OrderEvent, type Step } from '../orders/order.js';
import { OrderBook, type Written } from '../orders/order-book.service.js';
import { OrderSteps, type Taken } from './order-steps.service.js';

type Work = Exclude<Step, { do: 'rest' | 'wait' }>;
/** A step, the order with the intent of it, and what the timeline tells of that: nothing, where there is nothing to do now. */
type Begun = Written & { readonly step: Step };
/** More than the longest walk takes: an order that goes round in circles is a bug, and must not hold a worker. */
const MOST_STEPS = 30;

/**
 * Takes an order as far as it goes now: decide, write the intent, do it through a port, write the outcome together with the next
 * intent. A process that dies anywhere in between is replaced when its claim runs out, and the next one goes on from the last written line.
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
    let begun = await this.begin(id, claim);
    for (let taken = 0; taken < MOST_STEPS; taken++) {
      if (!begun || begun.step.do === 'rest') return;
      if (begun.step.do === 'wait') return this.jobs.sendAt(this.name, { id }, begun.step.until);
      begun = await this.take({ order: begun.order, step: begun.step }, claim);
    }
    throw new Error(`order ${id} did not come to rest in ${MOST_STEPS} steps`);
  }

  /** The next step of the order as it is written. Undefined where it is not ours to take. */
  private async begin(id: string, claim: Fenced): Promise<Begun | undefined> {
    const order = await this.book.read(id);
    if (!order) return undefined;
    const next = this.next(order);
    if (next.events.length === 0) return next;
    const written = await this.book.advance(claim, order, next);
    return written.ok ? next : this.otherwise(written.problem, id, claim);
  }

  /** Takes a step whose intent is written. Its outcome and the intent of the next one are written at once. */
  private async take({ order, step }: { order: Order; step: Work }, claim: Fenced): Promise<Begun | undefined> {
    await this.faults.reached(`order.${step.do}.intended`);
    const taken = await this.steps.take(order, step);
    await this.faults.reached(`order.${step.do}.done`);
    const { next, outcome, also } = this.outcome(order, step, taken);
    let begun = this.next(next);
    const written = also
      ? await this.book.advance(claim, order, async (tx) => {
          begun = this.next({ ...next, ...(await also(tx)) });
          return { ...begun, events: [outcome, ...begun.events] };
        })
      : await this.book.advance(claim, order, { ...begun, events: [outcome, ...begun.events] });
    await this.faults.reached(`order.${step.do}.written`);
    if (written.ok) return begun;
    if (written.problem.code === 'CLAIM_LOST') await this.withdraw(order);
    return this.otherwise(written.problem, order.id, claim);
  }

  private outcome(order: Order, step: Work, taken: Result<Taken>): Pick<Taken, 'next' | 'also'> & { outcome: OrderEvent } {
    const at = this.clock.now();
    if (!taken.ok) {
      const outcome = { at, step: step.do, phase: 'FAILED', because: 'did not work', problem: taken.problem } as const;
      return { next: afterFailure(order, taken.problem, at), outcome };
    }
    const { next, because, problem: cause, also } = taken.value;
    return { next, also, outcome: { at, step: step.do, phase: cause ? 'FAILED' : 'DONE', because, problem: cause } };
  }

  /** What is to be done now, and the order with that intent. */
  private next(order: Order): Begun {
    const now = this.clock.now();
    const step = decide(order, now);
    if (step.do === 'rest' || step.do === 'wait') return { order, step, events: [] };
    const intent = { at: now, step: step.do, phase: 'INTENT', because: INTENTS[step.do] } as const;
    return { order: withIntent(order, step, now), step, events: [intent] };
  }

  /** A caller changed the order meanwhile: it is looked at anew. */
  private otherwise({ code }: Problem, id: string, claim: Fenced): Promise<Begun | undefined> {
    return code === 'CLAIM_LOST' ? Promise.resolve(undefined) : this.begin(id, claim);
  }

  /** A worker that hung may lay files down after the one that replaced it took them away. */
  private async withdraw({ id, presented }: Order): Promise<void> {
    const newest = await this.book.read(id);
    if (newest && SETTLED.includes(newest.state) && presented.length > 0)
      await this.steps.take(newest, { do: 'cleanUp', files: presented });
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
  if (step.do === 'present') {
    const known = new Set(order.presented.map(({ id }) => id));
    const fresh = step.files.filter(({ id }) => !known.has(id)).map(({ id, name, path, body }) => ({ id, name, path, body }));
    return { ...order, presented: [...order.presented, ...fresh] };
  }
  return order;
}
