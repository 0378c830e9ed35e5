import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { BindingObservationResolver } from './observations.resolver.js';
import { Observations } from './observations.service.js';
import { ObservationsStore } from './observations.store.js';
import { PruneObservationsJob } from './prune-observations.job.js';

@Module({
  imports: [CertificatesModule],
  providers: [ObservationsStore, Observations, PruneObservationsJob, BindingObservationResolver],
  exports: [Observations],
})
export class ObservationsModule {}
