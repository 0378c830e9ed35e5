import { Module } from '@nestjs/common';
import { DomainsModule } from '../domains/domains.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitePlaces } from './site-places.service.js';
import { SitesResolver } from './sites.resolver.js';
import { Sites } from './sites.service.js';
import { SitesStore } from './sites.store.js';

@Module({ imports: [DomainsModule, ServersModule], providers: [SitesStore, SitePlaces, Sites, SitesResolver], exports: [Sites] })
export class SitesModule {}
