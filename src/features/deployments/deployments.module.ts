import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { ObservationsModule } from '../observations/observations.module.js';
import { PlacementsModule } from '../placements/placements.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { DeployServerJob } from './deploy-server.job.js';
import { DeploymentPace } from './deployment-pace.service.js';
import { DeploymentRecords } from './deployment-records.service.js';
import { DeploymentSteps } from './deployment-steps.service.js';
import { DeploymentWalk } from './deployment-walk.service.js';
import { BindingRefusalResolver, DeploymentsResolver, ServerDeploymentsResolver } from './deployments.resolver.js';
import { Deployments } from './deployments.service.js';
import { DeploymentsStore } from './deployments.store.js';
import { FindDriftJob } from './find-drift.job.js';
import { PruneDeploymentsJob } from './prune-deployments.job.js';
import { ServerDriftStore } from './server-drift.store.js';
import { ServerDrifts } from './server-drifts.service.js';
import { SweepDeploymentsJob } from './sweep-deployments.job.js';

@Module({
  imports: [BindingsModule, ObservationsModule, PlacementsModule, ServersModule],
  providers: [
    ...[DeploymentsStore, Deployments, DeploymentRecords, DeploymentSteps, DeploymentWalk, DeploymentPace],
    ...[DeployServerJob, SweepDeploymentsJob, PruneDeploymentsJob, ServerDriftStore, ServerDrifts, FindDriftJob],
    ...[DeploymentsResolver, ServerDeploymentsResolver, BindingRefusalResolver],
  ],
  exports: [Deployments],
})
export class DeploymentsModule {}
