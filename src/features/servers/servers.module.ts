import { Module } from '@nestjs/common';
import { HostsModule } from '../hosts/hosts.module.js';
import { ConfiguredEdge } from './configured-edge.service.js';
import { FoundSites } from './found-sites.service.js';
import { ServerDeletionResolver } from './server-deletion.resolver.js';
import { ServerDeletion } from './server-deletion.service.js';
import { ServerInstallers } from './server-installers.service.js';
import { ServerRegistration } from './server-registration.service.js';
import { AddressesResolver, ServersResolver } from './servers.resolver.js';
import { Servers } from './servers.service.js';
import { ServersStore } from './servers.store.js';

@Module({
  imports: [HostsModule],
  providers: [
    ...[ServersStore, Servers, ServerRegistration, ServerInstallers, FoundSites, ConfiguredEdge, ServerDeletion],
    ...[ServersResolver, AddressesResolver, ServerDeletionResolver],
  ],
  exports: [Servers, ServerRegistration, ServerInstallers, ConfiguredEdge],
})
export class ServersModule {}
