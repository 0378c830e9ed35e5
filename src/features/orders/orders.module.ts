import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { DomainsModule } from '../domains/domains.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { OrderBook } from './order-book.service.js';
import { OrderDraft } from './order-draft.service.js';
import { CertificateOrderResolver, OrdersResolver, SiteOrdersResolver } from './orders.resolver.js';
import { Orders } from './orders.service.js';
import { OrdersStore } from './orders.store.js';
import { Renewals } from './renewals.service.js';

@Module({
  imports: [CatalogModule, CertificatesModule, DomainsModule, ServersModule, SitesModule],
  providers: [OrdersStore, OrderBook, OrderDraft, Orders, Renewals, OrdersResolver, SiteOrdersResolver, CertificateOrderResolver],
  exports: [OrderBook, Orders, Renewals],
})
export class OrdersModule {}
