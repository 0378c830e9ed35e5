import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import type { Fenced } from '../../platform/database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from '../../platform/fault-points.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { RepairBook } from '../repairs/repair-book.service.js';
import { RepairSteps } from './repair-steps.service.js';
import type { Repair } from '../repairs/repair.js';

/** Takes a repair as far as it goes, and comes back for what it waits for. Killed anywhere, it goes on at the last written step. */
@Injectable()
export class AdvanceRepairJob implements JobHandler {
  readonly name = 'repair.advance';
  readonly concurrency = 2;

  constructor(
    private readonly steps: RepairSteps,
    private readonly book: RepairBook,
    private readonly claims: Claims,
    private readonly jobs: Jobs,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(FAULT_POINTS) private readonly faults: FaultPoints,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const held = await this.claims.whileHolding(`repair:${id}`, (claim) => this.advance(id, claim));
    const waiting = held.held ? held.value : undefined;
    if (waiting) await this.jobs.sendAt(this.name, { id }, waiting.wakeAt);
  }

  /** Undefined where it has ended, or is somebody else's. */
  private async advance(id: string, claim: Fenced): Promise<Repair | undefined> {
    let repair = await this.book.read(id);
    while (repair && repair.finishedAt === undefined) {
      const step = await this.steps.take(repair, this.clock.now());
      await this.faults.reached('repair.step.done');
      const written = await this.book.write(repair, step, claim);
      if (!written.ok) return undefined;
      await this.faults.reached('repair.step.written');
      // Nothing has changed but the time: it is waited for.
      if (step.advance.to === 'WAIT' && step.advance.for === undefined) return written.value;
      repair = written.value;
    }
    return undefined;
  }
}
