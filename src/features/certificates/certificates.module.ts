import { Module } from '@nestjs/common';
import { CertificatesResolver } from './certificates.resolver.js';
import { Certificates } from './certificates.service.js';
import { CertificatesStore } from './certificates.store.js';
import { Revocations } from './revocations.service.js';
import { ServedCertificates } from './served-certificates.service.js';

@Module({
  providers: [CertificatesStore, Certificates, ServedCertificates, Revocations, CertificatesResolver],
  exports: [Certificates, ServedCertificates, Revocations],
})
export class CertificatesModule {}
