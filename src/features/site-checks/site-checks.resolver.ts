import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { SiteType } from '../sites/sites.graphql.js';
import { Sites } from '../sites/sites.service.js';
import { CheckProgress } from './check-progress.service.js';
import type { KeptCheck } from './kept-check.js';
import { CheckConnection, CheckType, StartCheckResult, StartCheckSuccess } from './site-checks.graphql.js';
import { SiteChecks } from './site-checks.service.js';

@Resolver(() => CheckType)
export class SiteChecksResolver {
  constructor(
    private readonly service: SiteChecks,
    private readonly progress: CheckProgress,
    private readonly sites: Sites,
  ) {}

  @Query(() => CheckType, { description: 'The check with this id.' })
  async check(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return CheckType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Mutation(() => StartCheckResult, {
    description:
      'Look at a site now: a handshake with each of its bindings, of which `security` tells a moment later, and a full check of its main name, and of those names of which something is known to be wrong. Follow it with `checkProgress`. Safe to repeat with the same idempotencyKey.',
  })
  async startCheck(@Who() actor: Actor, @Args('siteId', { type: () => ID }) siteId: string, @KeyArg() key: string) {
    return asResult(StartCheckSuccess, await this.service.start(actor, siteId, key), ({ check, replayed }) => ({
      check: CheckType.from(check),
      replayed,
    }));
  }

  @Subscription(() => CheckType, {
    description: 'The check as it is, and again with each change, until it has ended.',
    resolve: (check: KeptCheck) => CheckType.from(check),
  })
  async checkProgress(@Who() actor: Actor, @Args('checkId', { type: () => ID }) checkId: string) {
    return this.progress.watch(orRefuse(await this.service.one(actor, checkId, 'checkId')).id);
  }

  @ResolveField(() => SiteType, { description: 'The site.' })
  async site(@Parent() check: CheckType, @Request() request: RequestContext) {
    return SiteType.from((await request.find(this.sites, check.siteId, (ids) => this.sites.byIds(ids)))!);
  }
}

@Resolver(() => SiteType)
export class CheckedSiteResolver {
  constructor(private readonly service: SiteChecks) {}

  @ResolveField(() => CheckType, { nullable: true, description: 'The newest check of its main name that has ended.' })
  async check(@Parent() site: SiteType, @Request() request: RequestContext) {
    const found = await request.find(this.check, site.id, (ids) => this.service.newestOfSites(ids));
    return found && CheckType.from(found);
  }

  @ResolveField(() => CheckConnection, { description: 'Its checks, newest first. They are kept for 90 days, and a hundred at most.' })
  async checks(@Parent() site: SiteType, @Request() request: RequestContext, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('check', args));
    const found = await request.find(this.checks, site.id, (ids) => this.service.pagesOfSites(ids, page), page);
    return toConnection(found!, CheckType.from);
  }
}
