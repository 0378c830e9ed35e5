import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { CheckSiteJob } from './check-site.job.js';
import { HealthResolver } from './health.resolver.js';
import { Health } from './health.service.js';
import { SweepHealthJob } from './sweep-health.job.js';

@Module({
  imports: [BindingsModule, CertificatesModule, DeploymentsModule, SitesModule],
  providers: [Health, CheckSiteJob, SweepHealthJob, HealthResolver],
  exports: [Health],
})
export class HealthModule {}
