import { Module } from '@nestjs/common';
import { BindingsModule } from '../bindings/bindings.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { BindingObservationResolver } from './observations.resolver.js';
import { Observations } from './observations.service.js';
import { ObservationsStore } from './observations.store.js';
import { PruneObservationsJob } from './prune-observations.job.js';

@Module({
  imports: [BindingsModule, CertificatesModule],
  providers: [ObservationsStore, Observations, PruneObservationsJob, BindingObservationResolver],
  exports: [Observations],
})
export class ObservationsModule {}
