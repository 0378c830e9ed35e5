import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { AdvanceOrderJob } from './advance-order.job.js';
import { AskAdviceJob } from './ask-advice.job.js';
import { CertificateRevoker } from './certificate-revoker.service.js';
import { ChallengeChecks } from './challenge-checks.service.js';
import { ChallengeFiles } from './challenge-files.service.js';
import { OrderSteps } from './order-steps.service.js';
import { RevokeCertificateJob } from './revoke-certificate.job.js';
import { SweepCertificatesJob } from './sweep-certificates.job.js';
import { SweepOrdersJob } from './sweep-orders.job.js';

/** What workers do at a CA: for an order, until its certificate is there, and for the certificate while it lasts. */
@Module({
  imports: [CertificatesModule, OrdersModule, ServersModule, SitesModule],
  providers: [
    ...[ChallengeChecks, ChallengeFiles, OrderSteps, AdvanceOrderJob, SweepOrdersJob],
    ...[AskAdviceJob, CertificateRevoker, RevokeCertificateJob, SweepCertificatesJob],
  ],
})
export class IssuanceModule {}
