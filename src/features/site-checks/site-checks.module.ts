import { Module } from '@nestjs/common';
import { FindingsModule } from '../findings/findings.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { CheckBook } from './check-book.service.js';
import { CheckProgress } from './check-progress.service.js';
import { PruneChecksJob } from './prune-checks.job.js';
import { CheckedSiteResolver, SiteChecksResolver } from './site-checks.resolver.js';
import { SiteChecks } from './site-checks.service.js';
import { SiteChecksStore } from './site-checks.store.js';

@Module({
  imports: [FindingsModule, SitesModule],
  providers: [SiteChecksStore, SiteChecks, CheckBook, CheckProgress, PruneChecksJob, SiteChecksResolver, CheckedSiteResolver],
  exports: [CheckBook, CheckProgress, SiteChecks],
})
export class SiteChecksModule {}
