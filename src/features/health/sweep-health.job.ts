import { Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { Looks } from './looks.service.js';

/**
 * Longest round, far below what a job and a claim may take. What hangs then is left to the next: a round that waited for all names of a server
 * that is away would keep everything else from being looked at.
 */
const ROUND_MS = 60_000;

/** Looks at every binding often enough that "secure" always rests on a fresh handshake. */
@Injectable()
export class SweepHealthJob implements JobHandler {
  readonly name = 'health.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly looks: Looks,
    private readonly claims: Claims,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  /** One round at a time, over all processes. One that was killed is made again, but for what it had written down. */
  async handle(_wakeUp: WakeUp, signal: AbortSignal): Promise<void> {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(ROUND_MS)]);
    await this.claims.whileHolding('health.sweep', () => this.looks.atStale(ends));
  }
}
