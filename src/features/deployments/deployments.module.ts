import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { DeployServerJob } from './deploy-server.job.js';
import { DeploymentSteps } from './deployment-steps.service.js';
import { BindingObservationResolver, DeploymentsResolver, ServerDeploymentsResolver } from './deployments.resolver.js';
import { Deployments } from './deployments.service.js';
import { DeploymentsStore } from './deployments.store.js';
import { Observations } from './observations.service.js';
import { ObservationsStore } from './observations.store.js';
import { SweepDeploymentsJob } from './sweep-deployments.job.js';

@Module({
  imports: [BindingsModule, CertificatesModule, ServersModule, SitesModule],
  providers: [
    ...[DeploymentsStore, ObservationsStore, Deployments, Observations, DeploymentSteps, DeployServerJob, SweepDeploymentsJob],
    ...[DeploymentsResolver, ServerDeploymentsResolver, BindingObservationResolver],
  ],
  exports: [Deployments, Observations],
})
export class DeploymentsModule {}
