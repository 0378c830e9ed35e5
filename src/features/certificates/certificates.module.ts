import { Module } from '@nestjs/common';
import { CertificatesResolver } from './certificates.resolver.js';
import { Certificates } from './certificates.service.js';
import { CertificatesStore } from './certificates.store.js';

@Module({ providers: [CertificatesStore, Certificates, CertificatesResolver], exports: [Certificates] })
export class CertificatesModule {}
