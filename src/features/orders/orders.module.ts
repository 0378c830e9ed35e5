import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { AdvanceOrderJob } from './advance-order.job.js';
import { OrderSteps } from './order-steps.service.js';
import { CertificateOrderResolver, OrdersResolver, SiteOrdersResolver } from './orders.resolver.js';
import { Orders } from './orders.service.js';
import { OrdersStore } from './orders.store.js';
import { SweepOrdersJob } from './sweep-orders.job.js';

@Module({
  imports: [CatalogModule, CertificatesModule, ServersModule, SitesModule],
  providers: [
    OrdersStore,
    Orders,
    OrderSteps,
    AdvanceOrderJob,
    SweepOrdersJob,
    OrdersResolver,
    SiteOrdersResolver,
    CertificateOrderResolver,
  ],
  exports: [Orders],
})
export class OrdersModule {}
