/** The timeline of an order: what was meant to be done, what came of it, in words that a person can read. */
import type { Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';

export type OrderEventPhase = 'INTENT' | 'DONE' | 'FAILED';

export type OrderEvent = {
  readonly at: Instant;
  /** The Step's verb, or `place` and `cancel` for what a caller did. */
  readonly step: string;
  readonly phase: OrderEventPhase;
  readonly because: string;
  readonly problem?: Problem;
};
