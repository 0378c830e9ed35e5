import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { PoolsModule } from '../pools/pools.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { ServerLagResolver } from './fronts.resolver.js';
import { Fronts } from './fronts.service.js';
import { FrontsStore } from './fronts.store.js';
import { WatchFrontsJob } from './watch-fronts.job.js';

@Module({
  imports: [BindingsModule, ObservationsModule, PoolsModule, ServersModule],
  providers: [FrontsStore, Fronts, WatchFrontsJob, ServerLagResolver],
})
export class FrontsModule {}
