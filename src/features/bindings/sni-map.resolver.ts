import { Args, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { orRefuse } from '../../graphql/refusal.js';
import { Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { SiteType } from '../sites/sites.graphql.js';
import { Sites } from '../sites/sites.service.js';
import { BindingConnection, BindingType } from './bindings.graphql.js';
import { Bindings } from './bindings.service.js';
import { SNI_FINDING_KINDS, SNI_FINDINGS } from './sni-findings.js';
import {
  BindingsPreviewType,
  PreviewBindingsInputType,
  SniFindingCountType,
  SniFindingType,
  SniMapType,
  WhoAnswersType,
} from './sni-map.graphql.js';
import { SniMaps } from './sni-maps.service.js';

@Resolver(() => SniMapType)
export class SniMapResolver {
  constructor(
    private readonly service: SniMaps,
    private readonly bindings: Bindings,
  ) {}

  @Query(() => SniMapType, { description: 'The SNI map of an address of a server that the caller may use.' })
  async sniMap(@Who() actor: Actor, @Args('addressId', { type: () => ID }) addressId: string) {
    return SniMapType.from(orRefuse(await this.service.address(actor, addressId)));
  }

  @Query(() => WhoAnswersType, {
    description: 'Who shall answer at an address and port for a name, and why. What does answer, `binding.observation` tells.',
  })
  async whoAnswers(
    @Who() actor: Actor,
    @Args('addressId', { type: () => ID }) addressId: string,
    @Args('port', { type: () => Int }) port: number,
    @Args('name', {
      type: () => String,
      nullable: true,
      description: 'As a client sends it: in any case, in either form of IDN. Without one: a client that names nothing.',
    })
    name?: string | null,
  ) {
    return WhoAnswersType.from(orRefuse(await this.service.whoAnswers(actor, addressId, port, name ?? null)));
  }

  @Query(() => BindingsPreviewType, {
    description:
      "What would change in the maps of the site's servers, were a certificate bound to it or the site taken away. Nothing is done.",
  })
  async previewBindings(@Who() actor: Actor, @Args('input') input: PreviewBindingsInputType) {
    return BindingsPreviewType.from(orRefuse(await this.service.preview(actor, input)));
  }

  @ResolveField(() => BindingConnection, { description: 'The bindings there of the caller and of all accounts below.' })
  async entries(@Request() request: RequestContext, @Parent() { address }: SniMapType, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('binding', args));
    const pagesOf = async (ids: readonly string[]) => orRefuse(await this.bindings.pagesOfAddresses(request.actor, ids, page));
    return toConnection((await request.find(this.entries, address.id, pagesOf, page))!, BindingType.from);
  }

  @ResolveField(() => [SniFindingType], {
    description: "What is wrong or surprising there about the caller's sites, and those of all accounts below.",
  })
  async findings(
    @Request() request: RequestContext,
    @Parent() map: SniMapType,
    @Args('first', { type: () => Int, description: 'How many, 1 to 100.' }) first: number,
  ) {
    const page = orRefuse(parsePage('finding', { first }));
    return (await this.found(request, map)).slice(0, page.first).map(SniFindingType.from);
  }

  @ResolveField(() => [SniFindingCountType], { description: 'How many findings there are of each kind.' })
  async findingCounts(@Request() request: RequestContext, @Parent() map: SniMapType) {
    const kinds = (await this.found(request, map)).map(({ code }) => SNI_FINDINGS[code]);
    return SNI_FINDING_KINDS.flatMap((kind) => {
      const count = kinds.filter((each) => each === kind).length;
      return count > 0 ? [Object.assign(new SniFindingCountType(), { kind, count })] : [];
    });
  }

  private async found(request: RequestContext, { address }: SniMapType) {
    return (await request.find(this.service, address.id, (ids) => this.service.findingsAt(request.actor, ids))) ?? [];
  }
}

@Resolver(() => WhoAnswersType)
export class WhoAnswersResolver {
  constructor(private readonly sites: Sites) {}

  @ResolveField(() => SiteType, { nullable: true, description: 'The site that answers, where it is of the caller or of an account below.' })
  async site(@Request() request: RequestContext, @Parent() { binding }: WhoAnswersType) {
    const found = binding && (await request.find(this.sites, binding.siteId, (ids) => this.sites.byIds(ids)));
    return found && SiteType.from(found);
  }
}
