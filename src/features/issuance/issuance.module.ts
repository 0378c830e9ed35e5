import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { AdvanceOrderJob } from './advance-order.job.js';
import { ChallengeChecks } from './challenge-checks.service.js';
import { ChallengeFiles } from './challenge-files.service.js';
import { OrderSteps } from './order-steps.service.js';
import { SweepOrdersJob } from './sweep-orders.job.js';

/** What workers do for an order, until its certificate is there. */
@Module({
  imports: [CertificatesModule, OrdersModule, ServersModule, SitesModule],
  providers: [ChallengeFiles, ChallengeChecks, OrderSteps, AdvanceOrderJob, SweepOrdersJob],
})
export class IssuanceModule {}
