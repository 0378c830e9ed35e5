import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, instant } from '../../values/instant.js';
import { forgetCalls } from '../database/idempotency.js';
import { PrismaService } from '../database/prisma.service.js';
import { Jobs } from '../jobs/jobs.service.js';
import type { JobHandler } from '../jobs/queue.js';

/** How long a call may be repeated: far longer than any client tries again, and the table stays bounded. */
const KEEP_CALLS = days(90);
/** In one round; the rest a minute later. */
const ROUND = 5_000;

/** Forgets the idempotency keys of long ago. */
@Injectable()
export class ForgetCallsJob implements JobHandler {
  readonly name = 'call.forget';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly prisma: PrismaService,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    await forgetCalls(this.prisma, instant(this.clock.now() - KEEP_CALLS), ROUND);
  }
}
