import { Module } from '@nestjs/common';
import { CertificatesResolver } from './certificates.resolver.js';
import { SitesModule } from '../sites/sites.module.js';
import { BroughtCertificates } from './brought-certificates.service.js';
import { Certificates } from './certificates.service.js';
import { CertificatesStore } from './certificates.store.js';
import { Revocations } from './revocations.service.js';
import { ServedCertificates } from './served-certificates.service.js';

@Module({
  imports: [SitesModule],
  providers: [CertificatesStore, Certificates, ServedCertificates, Revocations, BroughtCertificates, CertificatesResolver],
  exports: [Certificates, ServedCertificates, Revocations, BroughtCertificates],
})
export class CertificatesModule {}
