import { Module } from '@nestjs/common';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { PoolMembers } from './pool-members.service.js';
import { PoolsResolver, ServerPoolResolver } from './pools.resolver.js';
import { Pools } from './pools.service.js';
import { PoolsStore } from './pools.store.js';

@Module({
  imports: [ServersModule, SitesModule],
  providers: [PoolsStore, Pools, PoolMembers, PoolsResolver, ServerPoolResolver],
  exports: [Pools],
})
export class PoolsModule {}
