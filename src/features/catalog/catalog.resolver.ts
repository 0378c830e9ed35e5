import { Query, Resolver } from '@nestjs/graphql';
import { orRefuse } from '../../graphql/refusal.js';
import { Who } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { ProductType } from './catalog.graphql.js';
import { Catalog } from './catalog.service.js';

@Resolver(() => ProductType)
export class CatalogResolver {
  constructor(private readonly service: Catalog) {}

  @Query(() => [ProductType], { description: 'The price list: everything that can be ordered here.' })
  async products(@Who() actor: Actor) {
    return orRefuse(await this.service.all(actor)).map(ProductType.from);
  }
}
