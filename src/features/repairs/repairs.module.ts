import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { FindingsModule } from '../findings/findings.module.js';
import { InspectionModule } from '../inspection/inspection.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SiteChecksModule } from '../site-checks/site-checks.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { AdvanceRepairJob } from './advance-repair.job.js';
import { RepairAccess } from './repair-access.service.js';
import { RepairBook } from './repair-book.service.js';
import { RepairByDeployment } from './repair-by-deployment.service.js';
import { RepairByOrder } from './repair-by-order.service.js';
import { RepairCheckedJob } from './repair-checked.job.js';
import { RepairOfServer } from './repair-of-server.service.js';
import { RepairProof } from './repair-proof.service.js';
import { RepairSteps } from './repair-steps.service.js';
import { FindingRepairsResolver, RepairsResolver } from './repairs.resolver.js';
import { Repairs } from './repairs.service.js';
import { RepairsStore } from './repairs.store.js';
import { SweepRepairsJob } from './sweep-repairs.job.js';

@Module({
  imports: [
    ...[BindingsModule, CertificatesModule, DeploymentsModule, FindingsModule, InspectionModule, ObservationsModule],
    ...[OrdersModule, ServersModule, SiteChecksModule, SitesModule],
  ],
  providers: [
    ...[RepairsStore, Repairs, RepairAccess, RepairBook],
    ...[RepairSteps, RepairByDeployment, RepairByOrder, RepairOfServer, RepairProof],
    ...[AdvanceRepairJob, RepairCheckedJob, SweepRepairsJob],
    ...[RepairsResolver, FindingRepairsResolver],
  ],
})
export class RepairsModule {}
