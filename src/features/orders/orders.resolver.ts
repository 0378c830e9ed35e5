import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { ProductType } from '../catalog/catalog.graphql.js';
import { Catalog } from '../catalog/catalog.service.js';
import { CertificateType } from '../certificates/certificates.graphql.js';
import { Certificates } from '../certificates/certificates.service.js';
import { SiteType } from '../sites/sites.graphql.js';
import { Sites } from '../sites/sites.service.js';
import {
  CancelOrderResult,
  CancelOrderSuccess,
  OrderConnection,
  OrderEventType,
  OrderFilterType,
  OrderType,
  PlaceOrderInputType,
  PlaceOrderResult,
  PlaceOrderSuccess,
  RenewCertificateInputType,
  RenewCertificateResult,
  RenewCertificateSuccess,
} from './orders.graphql.js';
import { Orders, type OrderChange } from './orders.service.js';
import { Renewals } from './renewals.service.js';

const shown = ({ order, replayed }: OrderChange) => ({ order: OrderType.from(order), replayed });

@Resolver(() => OrderType)
export class OrdersResolver {
  constructor(
    private readonly service: Orders,
    private readonly catalog: Catalog,
    private readonly certificates: Certificates,
    private readonly sites: Sites,
  ) {}

  @Query(() => OrderType, { description: 'The order with this id.' })
  async order(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return OrderType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => OrderConnection, { description: 'Orders of the caller and of all accounts below, oldest first.' })
  async orders(
    @Who() actor: Actor,
    @Args() page: PageArgs,
    @Args('filter', { type: () => OrderFilterType, nullable: true }) filter?: OrderFilterType | null,
  ) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('order', page), filter ?? {})), OrderType.from);
  }

  @Mutation(() => PlaceOrderResult, {
    description:
      'Order a certificate for a site. It is issued, installed and proven without further calls. Safe to repeat with the same idempotencyKey.',
  })
  async placeOrder(@Who() actor: Actor, @Args('input') input: PlaceOrderInputType, @KeyArg() key: string) {
    return asResult(PlaceOrderSuccess, await this.service.place(actor, input, key), shown);
  }

  @Mutation(() => CancelOrderResult, { description: 'End an order for which nothing was issued yet.' })
  async cancelOrder(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string, @KeyArg() key: string) {
    return asResult(CancelOrderSuccess, await this.service.cancel(actor, id, key), shown);
  }

  @ResolveField(() => [OrderEventType], { description: 'Its timeline, oldest first.' })
  async timeline(@Parent() order: OrderType, @Request() request: RequestContext) {
    const events = await request.find(this.timeline, order.id, (ids) => this.service.events(ids));
    return (events ?? []).map(OrderEventType.from);
  }

  @ResolveField(() => ProductType, { description: 'What was ordered, as the price list has it now.' })
  async product(@Parent() order: OrderType, @Request() request: RequestContext) {
    return ProductType.from((await request.find(this.catalog, order.productId, (ids) => this.catalog.byIds(ids)))!);
  }

  @ResolveField(() => CertificateType, { nullable: true, description: 'What was issued.' })
  async certificate(@Parent() order: OrderType, @Request() request: RequestContext) {
    if (order.certificateId === undefined) return undefined;
    const found = await request.find(this.certificates, order.certificateId, (ids) => this.certificates.byIds(ids));
    return found && CertificateType.from(found);
  }

  @ResolveField(() => CertificateType, {
    nullable: true,
    description: 'The certificate that it renews. Null where it is the first, or another one.',
  })
  async replaces(@Parent() order: OrderType, @Request() request: RequestContext) {
    if (order.replacesId === undefined) return undefined;
    const found = await request.find(this.certificates, order.replacesId, (ids) => this.certificates.byIds(ids));
    return found && CertificateType.from(found);
  }

  @ResolveField(() => SiteType, { nullable: true, description: 'The site that it is for.' })
  async site(@Parent() order: OrderType, @Request() request: RequestContext) {
    const found = await request.find(this.sites, order.siteId, (ids) => this.sites.byIds(ids));
    return found && SiteType.from(found);
  }
}

/** The arrows that lead back here from rooms to the left. */
@Resolver(() => SiteType)
export class SiteOrdersResolver {
  constructor(private readonly service: Orders) {}

  @ResolveField(() => OrderConnection, { description: 'Orders for this site, oldest first.' })
  async orders(@Parent() site: SiteType, @Request() request: RequestContext, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('order', args));
    const found = await request.find(this.orders, site.id, (ids) => this.service.pagesOfSites(ids, page), page);
    return toConnection(found!, OrderType.from);
  }

  @ResolveField(() => OrderType, { nullable: true, description: 'The order that was placed last for this site.' })
  async latestOrder(@Parent() site: SiteType, @Request() request: RequestContext) {
    const found = await request.find(this.latestOrder, site.id, (ids) => this.service.newestOfSites(ids));
    return found && OrderType.from(found);
  }
}

@Resolver(() => CertificateType)
export class CertificateOrderResolver {
  constructor(
    private readonly service: Orders,
    private readonly renewals: Renewals,
  ) {}

  @Mutation(() => RenewCertificateResult, {
    description:
      'Order a certificate in the place of another one: for the same site, product, names and kind of key, with a fresh key, at the price of today. Refused as placeOrder would be. Safe to repeat.',
  })
  async renewCertificate(@Who() actor: Actor, @Args('input') { certificateId }: RenewCertificateInputType, @KeyArg() key: string) {
    return asResult(RenewCertificateSuccess, await this.renewals.renew(actor, certificateId, key), shown);
  }

  @ResolveField(() => OrderType, { nullable: true, description: 'The order that it was issued for.' })
  async order(@Parent() certificate: CertificateType, @Request() request: RequestContext) {
    const found = await request.find(this.order, certificate.id, (ids) => this.service.ofCertificates(ids));
    return found && OrderType.from(found);
  }
}
