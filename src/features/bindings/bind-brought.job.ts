import { Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import type { Id } from '../../values/id.js';
import { BroughtCertificates } from '../certificates/brought-certificates.service.js';
import { SiteBindings } from './site-bindings.service.js';

/** A certificate was brought: the site that it was brought for shall answer with it. */
@Injectable()
export class BindBroughtJob implements JobHandler {
  readonly name = 'certificate.brought';
  readonly concurrency = 4;

  constructor(
    private readonly brought: BroughtCertificates,
    private readonly sites: SiteBindings,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    for (const siteId of await this.brought.sitesOf(id)) await this.sites.bind(siteId, id as Id<'certificate'>, false);
  }
}
