import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { CheckSiteJob } from './check-site.job.js';
import { HealthResolver } from './health.resolver.js';
import { Looks } from './looks.service.js';
import { Security } from './security.service.js';
import { SiteChecks } from './site-checks.service.js';
import { SweepHealthJob } from './sweep-health.job.js';

@Module({
  imports: [BindingsModule, CertificatesModule, ObservationsModule, ServersModule, SitesModule],
  providers: [Security, Looks, SiteChecks, CheckSiteJob, SweepHealthJob, HealthResolver],
  exports: [Looks],
})
export class HealthModule {}
