import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SiteChecksModule } from '../site-checks/site-checks.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { CertificateChoice } from './certificate-choice.service.js';
import { CheckSchedule } from './check-schedule.service.js';
import { CheckServedJob } from './check-served.job.js';
import { CheckWork } from './check-work.service.js';
import { Evidence } from './evidence.service.js';
import { PlacesChecker } from './places-checker.service.js';
import { RunCheckJob } from './run-check.job.js';
import { SweepChecksJob } from './sweep-checks.job.js';

@Module({
  imports: [BindingsModule, CertificatesModule, ObservationsModule, OrdersModule, ServersModule, SiteChecksModule, SitesModule],
  providers: [CertificateChoice, CheckSchedule, CheckWork, Evidence, PlacesChecker, RunCheckJob, CheckServedJob, SweepChecksJob],
  exports: [Evidence, CertificateChoice],
})
export class InspectionModule {}
