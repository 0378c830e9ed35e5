import { Module } from '@nestjs/common';
import { CatalogResolver } from './catalog.resolver.js';
import { Catalog } from './catalog.service.js';
import { CatalogStore } from './catalog.store.js';

@Module({ providers: [CatalogStore, Catalog, CatalogResolver], exports: [Catalog] })
export class CatalogModule {}
