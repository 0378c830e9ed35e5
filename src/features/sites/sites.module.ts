import { Module } from '@nestjs/common';
import { DomainsModule } from '../domains/domains.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitePlaces } from './site-places.service.js';
import { FurtherServersResolver } from './further-servers.resolver.js';
import { FurtherServers } from './further-servers.service.js';
import { HomeSites } from './home-sites.service.js';
import { SiteDeletionResolver } from './site-deletion.resolver.js';
import { SiteDeletion } from './site-deletion.service.js';
import { SiteServers } from './site-servers.service.js';
import { SiteServersStore } from './site-servers.store.js';
import { SitesResolver } from './sites.resolver.js';
import { Sites } from './sites.service.js';
import { SitesStore } from './sites.store.js';

@Module({
  imports: [DomainsModule, ServersModule],
  providers: [
    SitesStore,
    SiteServersStore,
    SitePlaces,
    SiteServers,
    FurtherServers,
    HomeSites,
    SiteDeletion,
    SiteDeletionResolver,
    Sites,
    SitesResolver,
    FurtherServersResolver,
  ],
  exports: [Sites, SiteServers, FurtherServers, HomeSites],
})
export class SitesModule {}
