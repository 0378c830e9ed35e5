import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { FindingsModule } from '../findings/findings.module.js';
import { InspectionModule } from '../inspection/inspection.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { RepairsModule } from '../repairs/repairs.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SiteChecksModule } from '../site-checks/site-checks.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { AdvanceRepairJob } from './advance-repair.job.js';
import { RepairByDeployment } from './repair-by-deployment.service.js';
import { RepairByOrder } from './repair-by-order.service.js';
import { RepairOfServer } from './repair-of-server.service.js';
import { RepairProof } from './repair-proof.service.js';
import { RepairSteps } from './repair-steps.service.js';

@Module({
  imports: [
    ...[BindingsModule, CertificatesModule, DeploymentsModule, FindingsModule, InspectionModule, ObservationsModule],
    ...[OrdersModule, RepairsModule, ServersModule, SiteChecksModule, SitesModule],
  ],
  providers: [AdvanceRepairJob, RepairSteps, RepairByDeployment, RepairByOrder, RepairOfServer, RepairProof],
})
export class MendingModule {}
