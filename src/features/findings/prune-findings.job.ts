import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, instant } from '../../values/instant.js';
import { Alarms } from './alarms.service.js';
import { Findings } from './findings.service.js';

/** As long as deployments are kept: what was wrong is read beside what was done then. What is open stays. */
const KEEP = days(90);

/** Forgets what was over long ago, some each minute: no single statement is ever large. */
@Injectable()
export class PruneFindingsJob implements JobHandler {
  readonly name = 'finding.prune';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly findings: Findings,
    private readonly alarms: Alarms,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const before = instant(this.clock.now() - KEEP);
    await this.findings.forgetResolvedBefore(before);
    await this.alarms.forgetEndedBefore(before);
  }
}
