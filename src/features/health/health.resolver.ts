import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Request, type RequestContext } from '../../graphql/request-context.js';
import { SiteType } from '../sites/sites.graphql.js';
import { ConvergenceType } from './convergence.graphql.js';
import { Convergences } from './convergences.service.js';
import { SecurityType } from './health.graphql.js';
import { Security } from './security.service.js';

@Resolver(() => SiteType)
export class HealthResolver {
  constructor(
    private readonly service: Security,
    private readonly convergences: Convergences,
  ) {}

  @ResolveField(() => SecurityType, { description: 'Is it served securely right now?' })
  async security(@Parent() site: SiteType, @Request() request: RequestContext) {
    const found = await request.find(this.service, site.id, (ids) => this.service.ofSites(ids));
    return SecurityType.from(found ?? { state: 'UNKNOWN', findings: [] });
  }

  @ResolveField(() => [ConvergenceType], {
    description: 'Who serves which certificate, since when: one for each place where it is to answer.',
  })
  async convergence(@Parent() site: SiteType, @Request() request: RequestContext) {
    const found = await request.find(this.convergences, site.id, (ids) => this.convergences.ofSites(ids));
    return (found ?? []).map(ConvergenceType.from);
  }
}
