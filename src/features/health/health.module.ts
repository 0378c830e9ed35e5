import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { FindingsModule } from '../findings/findings.module.js';
import { InspectionModule } from '../inspection/inspection.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SiteChecksModule } from '../site-checks/site-checks.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { CheckSiteJob } from './check-site.job.js';
import { Convergences } from './convergences.service.js';
import { HealthResolver } from './health.resolver.js';
import { Looks } from './looks.service.js';
import { Security } from './security.service.js';
import { Suspicions } from './suspicions.service.js';
import { SweepHealthJob } from './sweep-health.job.js';

@Module({
  imports: [
    BindingsModule,
    CertificatesModule,
    DeploymentsModule,
    FindingsModule,
    InspectionModule,
    ObservationsModule,
    ServersModule,
    SiteChecksModule,
    SitesModule,
  ],
  providers: [Security, Convergences, Looks, Suspicions, CheckSiteJob, SweepHealthJob, HealthResolver],
  exports: [Looks, Convergences],
})
export class HealthModule {}
