import { Args, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { ProblemDetail, toDetail } from '../../graphql/problem.graphql.js';
import { orRefuse, Refusal } from '../../graphql/refusal.js';
import { Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { toDate } from '../../values/instant.js';
import { parsePage } from '../../values/page.js';
import { problem } from '../../values/problems/problem.js';
import { BindingType } from '../bindings/bindings.graphql.js';
import { ObservationType } from '../observations/observations.graphql.js';
import { Observations } from '../observations/observations.service.js';
import { ServerType } from '../servers/servers.graphql.js';
import { DeploymentConnection, DeploymentEventType, DeploymentType, ServerDriftType } from './deployments.graphql.js';
import { Deployments } from './deployments.service.js';
import { ServerDrifts } from './server-drifts.service.js';

@Resolver(() => DeploymentType)
export class DeploymentsResolver {
  constructor(
    private readonly service: Deployments,
    private readonly observations: Observations,
  ) {}

  @Query(() => DeploymentType, { description: 'The deployment with this id, for those who own the server.' })
  async deployment(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return DeploymentType.from(orRefuse(await this.service.one(actor, id)));
  }

  @ResolveField(() => [DeploymentEventType], { description: 'Its timeline, oldest first.' })
  async timeline(@Parent() deployment: DeploymentType, @Request() request: RequestContext) {
    const events = await request.find(this.service, deployment.id, (ids) => this.service.events(ids));
    return (events ?? []).map(({ at, step, because, problem }) => ({
      at: toDate(at),
      step,
      because,
      ...(problem && { problem: toDetail(problem) }),
    }));
  }

  @ResolveField(() => [ObservationType], { description: 'The handshakes that it was judged by.' })
  async evidence(@Parent() deployment: DeploymentType, @Request() request: RequestContext) {
    const seen = await request.find(this.observations, deployment.id, (ids) => this.observations.ofDeployments(ids));
    return (seen ?? []).map(ObservationType.from);
  }
}

@Resolver(() => ServerType)
export class ServerDeploymentsResolver {
  constructor(
    private readonly service: Deployments,
    private readonly drifts: ServerDrifts,
  ) {}

  @ResolveField(() => ServerDriftType, {
    nullable: true,
    description: 'What somebody has changed by hand. For administrators; null for others, and where it was never looked at.',
  })
  async drift(@Request() request: RequestContext, @Parent() server: ServerType) {
    const drift = await request.find(this.drifts, server.id, (ids) => this.drifts.of(request.actor, ids));
    return drift && ServerDriftType.from(drift);
  }

  @ResolveField(() => DeploymentConnection, { description: 'What was changed on it, oldest first. For those who own the server.' })
  async deployments(@Request() request: RequestContext, @Parent() server: ServerType, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('deployment', args));
    const pagesOf = async (ids: readonly string[]) => orRefuse(await this.service.pagesOfServers(request.actor, ids, page));
    const found = await request.find(this.deployments, server.id, pagesOf, page);
    if (!found) throw new Refusal(problem('NOT_FOUND', { what: 'deployments' }, { subject: server.id }));
    return toConnection(found, DeploymentType.from);
  }
}

@Resolver(() => BindingType)
export class BindingRefusalResolver {
  constructor(private readonly deployments: Deployments) {}

  @ResolveField(() => ProblemDetail, { nullable: true, description: 'Set with retryAt: why its certificate could not be proven there.' })
  async problem(@Parent() binding: BindingType, @Request() request: RequestContext) {
    if (binding.retryAt === undefined) return undefined;
    const refusal = await request.find(this.problem, binding.id, (ids) => this.deployments.refusals(ids));
    return refusal && toDetail(refusal);
  }
}
