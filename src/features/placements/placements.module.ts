import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { Neighbours } from './neighbours.service.js';
import { Placements } from './placements.service.js';
import { PlacementsStore } from './placements.store.js';
import { ServerChanges } from './server-changes.service.js';

@Module({
  imports: [BindingsModule, CertificatesModule, ObservationsModule, ServersModule, SitesModule],
  providers: [PlacementsStore, ServerChanges, Neighbours, Placements],
  exports: [Neighbours, Placements, ServerChanges],
})
export class PlacementsModule {}
