import { Args, ID, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { asResult } from '../../graphql/problem.graphql.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { SiteType } from '../sites/sites.graphql.js';
import { CheckSiteResult, CheckSiteSuccess, SecurityType } from './health.graphql.js';
import { Security } from './security.service.js';
import { SiteChecks } from './site-checks.service.js';

@Resolver(() => SiteType)
export class HealthResolver {
  constructor(
    private readonly service: Security,
    private readonly checks: SiteChecks,
  ) {}

  @ResolveField(() => SecurityType, { description: 'Is it served securely right now?' })
  async security(@Parent() site: SiteType, @Request() request: RequestContext) {
    const found = await request.find(this.service, site.id, (ids) => this.service.ofSites(ids));
    return SecurityType.from(found ?? { state: 'UNKNOWN', findings: [] });
  }

  @Mutation(() => CheckSiteResult, { description: 'Look at a site now. Read `security` a moment later.' })
  async checkSite(@Who() actor: Actor, @Args('siteId', { type: () => ID }) siteId: string, @KeyArg() key: string) {
    return asResult(CheckSiteSuccess, await this.checks.ask(actor, siteId, key), ({ site, replayed }) => ({
      site: SiteType.from(site),
      replayed,
    }));
  }
}
