import { Module } from '@nestjs/common';
import { DomainClaims } from './domain-claims.service.js';
import { DomainRemovalResolver } from './domain-removal.resolver.js';
import { DomainRemoval } from './domain-removal.service.js';
import { DomainsResolver } from './domains.resolver.js';
import { Domains } from './domains.service.js';
import { DomainsStore } from './domains.store.js';
import { ServedNames } from './served-names.service.js';

/** PANEL_NAMES comes from whoever puts the application together. */
@Module({
  providers: [DomainsStore, ServedNames, DomainClaims, Domains, DomainRemoval, DomainsResolver, DomainRemovalResolver],
  exports: [Domains, DomainClaims, ServedNames],
})
export class DomainsModule {}
