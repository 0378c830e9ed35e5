import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Who } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { IssuerType, ProductType, SetProductIssuerInput, SetProductIssuerResult, SetProductIssuerSuccess } from './catalog.graphql.js';
import { Catalog } from './catalog.service.js';

@Resolver(() => ProductType)
export class CatalogResolver {
  constructor(private readonly service: Catalog) {}

  @Query(() => [ProductType], { description: 'The price list: everything that can be ordered here.' })
  async products(@Who() actor: Actor) {
    return orRefuse(await this.service.all(actor)).map(ProductType.from);
  }

  @Query(() => [IssuerType], { description: 'The CAs that sign here, the default issuer first.' })
  issuers(@Who() actor: Actor) {
    return orRefuse(this.service.allIssuers(actor)).map((manifest, index) => ({ ...manifest, isDefault: index === 0 }));
  }

  @Mutation(() => SetProductIssuerResult, {
    description:
      'Choose who signs a product, or leave it to the default issuer. Administrators only. Safe to repeat with the same idempotencyKey.',
  })
  async setProductIssuer(@Who() actor: Actor, @Args('input') input: SetProductIssuerInput, @KeyArg() key: string) {
    return asResult(SetProductIssuerSuccess, await this.service.setIssuer(actor, input, key), ({ product, replayed }) => ({
      product: ProductType.from(product),
      replayed,
    }));
  }
}
