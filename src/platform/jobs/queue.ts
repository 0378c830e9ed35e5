/**
 * The port to the job queue. A job is a wake-up call, never the truth: it carries an id, its handler reads the row and decides
 * again. Delivery is at least once, in no order; every handler may run twice, also at the same time.
 */
import type { Duration, Instant } from '../../values/instant.js';
import type { Tx } from '../database/transaction.js';

/** `order.advance`: the room that handles it, and what shall happen. */
export type JobName = `${string}.${string}`;
export type WakeUp = { readonly id: string };

export interface Queue {
  /** With `tx`, the wake-up exists only if that transaction commits. `after`: not before that span is over. */
  send(name: JobName, wakeUp: WakeUp, options?: { tx?: Tx; after?: Duration }): Promise<void>;
  /** The same after a span, once for all who ask within it: for those who found somebody else at work. */
  sendLater(name: JobName, wakeUp: WakeUp, after: Duration): Promise<void>;
  /** At a time of our Clock, once for all who ask for that time: what waits is woken once, however often it was looked at. */
  sendAt(name: JobName, wakeUp: WakeUp, at: Instant): Promise<void>;
}
/** Nest token. */
export const QUEUE = Symbol('Queue');

export interface JobHandler {
  readonly name: JobName;
  /** Wake-ups worked on at the same time by one process. One that hangs takes one of these places. */
  readonly concurrency: number;
  /**
   * Work that takes longer goes on beside its place, which takes the next: of that which waits for others, a few that hang do not hold up
   * the rest. The queue counts it as done then; what a killed process leaves of it, the room's sweep finds.
   */
  readonly patience?: Duration;
  /** Every minute one wake-up comes by itself, to one worker of all: nothing depends on a single message. */
  readonly everyMinute?: boolean;
  /** Talks to the embedded edge, over a socket of its machine: left to processes that have it beside them. */
  readonly atEdge?: boolean;
  /**
   * A throw is a bug or an outage: it is logged, and the wake-up comes again later. `signal`: the process is stopping, or the queue has
   * given the job to another; who works for long ends then.
   */
  handle(wakeUp: WakeUp, signal: AbortSignal): Promise<void>;
}
