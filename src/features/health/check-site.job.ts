import { Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { Looks } from './looks.service.js';

/** Somebody asked for a look at a site. */
@Injectable()
export class CheckSiteJob implements JobHandler {
  readonly name = 'site.check';
  readonly concurrency = 4;

  constructor(
    private readonly looks: Looks,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    await this.looks.atSite(id);
  }
}
