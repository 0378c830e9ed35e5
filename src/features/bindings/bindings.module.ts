import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { BindCertificateJob } from './bind-certificate.job.js';
import { AddressBindingsResolver, BindingsResolver, SiteBindingsResolver } from './bindings.resolver.js';
import { Bindings } from './bindings.service.js';
import { BindingsStore } from './bindings.store.js';
import { SpreadBindingsJob } from './spread-bindings.job.js';

@Module({
  imports: [CertificatesModule, OrdersModule, ServersModule, SitesModule],
  providers: [
    BindingsStore,
    Bindings,
    BindCertificateJob,
    SpreadBindingsJob,
    BindingsResolver,
    SiteBindingsResolver,
    AddressBindingsResolver,
  ],
  exports: [Bindings],
})
export class BindingsModule {}
