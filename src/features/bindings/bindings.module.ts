import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { DomainsModule } from '../domains/domains.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { AddressBindings } from './address-bindings.service.js';
import { BindBroughtJob } from './bind-brought.job.js';
import { BindCertificateJob } from './bind-certificate.job.js';
import { BindingPlaces } from './binding-places.service.js';
import { AddressBindingsResolver, BindingsResolver, SiteBindingsResolver } from './bindings.resolver.js';
import { Bindings } from './bindings.service.js';
import { BindingsStore } from './bindings.store.js';
import { Comparisons } from './comparisons.service.js';
import { ComparisonsStore } from './comparisons.store.js';
import { FollowAddressesJob } from './follow-addresses.job.js';
import { ServerMap } from './server-map.service.js';
import { SiteBindings } from './site-bindings.service.js';
import { SniMapResolver, WhoAnswersResolver } from './sni-map.resolver.js';
import { SniMaps } from './sni-maps.service.js';

@Module({
  imports: [CertificatesModule, DomainsModule, OrdersModule, ServersModule, SitesModule],
  providers: [
    ...[BindingsStore, Bindings, ComparisonsStore, Comparisons, BindingPlaces, SiteBindings, AddressBindings, ServerMap, SniMaps],
    ...[BindCertificateJob, BindBroughtJob, FollowAddressesJob],
    ...[BindingsResolver, SiteBindingsResolver, AddressBindingsResolver, SniMapResolver, WhoAnswersResolver],
  ],
  exports: [Bindings, Comparisons],
})
export class BindingsModule {}
