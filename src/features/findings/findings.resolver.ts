import { Args, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { orRefuse } from '../../graphql/refusal.js';
import { Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { SiteType } from '../sites/sites.graphql.js';
import { Sites } from '../sites/sites.service.js';
import { Alarms } from './alarms.service.js';
import { AlarmConnection, AlarmType, FindingConnection, FindingFilterType, FindingType } from './findings.graphql.js';
import { Findings } from './findings.service.js';

@Resolver(() => FindingType)
export class FindingsResolver {
  constructor(
    private readonly service: Findings,
    private readonly sites: Sites,
  ) {}

  @Query(() => FindingType, { description: 'The finding with this id.' })
  async finding(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return FindingType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => FindingConnection, {
    description: 'What was found at the sites of the caller and of all accounts below, what was seen first long ago before the rest.',
  })
  async findings(
    @Who() actor: Actor,
    @Args() page: PageArgs,
    @Args('filter', { type: () => FindingFilterType, nullable: true }) filter?: FindingFilterType | null,
  ) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('finding', page), filter ?? {})), FindingType.from);
  }

  @ResolveField(() => SiteType, { description: 'The site.' })
  async site(@Parent() finding: FindingType, @Request() request: RequestContext) {
    return SiteType.from((await request.find(this.sites, finding.siteId, (ids) => this.sites.byIds(ids)))!);
  }
}

@Resolver(() => AlarmType)
export class AlarmsResolver {
  constructor(
    private readonly service: Alarms,
    private readonly sites: Sites,
  ) {}

  @Query(() => AlarmConnection, {
    description: 'The stories of sites that were fine and are not, of the caller and of all accounts below, oldest first.',
  })
  async alarms(@Who() actor: Actor, @Args() page: PageArgs) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('alarm', page))), AlarmType.from);
  }

  @ResolveField(() => SiteType, { description: 'The site.' })
  async site(@Parent() alarm: AlarmType, @Request() request: RequestContext) {
    return SiteType.from((await request.find(this.sites, alarm.siteId, (ids) => this.sites.byIds(ids)))!);
  }
}

@Resolver(() => SiteType)
export class SiteFindingsResolver {
  constructor(private readonly service: Findings) {}

  @ResolveField(() => FindingConnection, { description: 'What is wrong with it now, as its checks showed it.' })
  async findings(@Parent() site: SiteType, @Request() request: RequestContext, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('finding', args));
    const found = await request.find(this.findings, site.id, (ids) => this.service.openPagesOfSites(ids, page), page);
    return toConnection(found!, FindingType.from);
  }
}
