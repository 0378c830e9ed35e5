import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { ServerType } from '../servers/servers.graphql.js';
import { Servers } from '../servers/servers.service.js';
import { PoolMembers } from './pool-members.service.js';
import {
  CreatePoolInput,
  CreatePoolResult,
  CreatePoolSuccess,
  JoinPoolResult,
  JoinPoolSuccess,
  LeavePoolResult,
  LeavePoolSuccess,
  PoolConnection,
  PoolType,
} from './pools.graphql.js';
import { Pools } from './pools.service.js';

@Resolver(() => PoolType)
export class PoolsResolver {
  constructor(
    private readonly service: Pools,
    private readonly members: PoolMembers,
    private readonly all: Servers,
  ) {}

  @Query(() => PoolType, { description: 'The pool with this id, of those whose servers the caller may use.' })
  async pool(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return PoolType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => PoolConnection, { description: 'The pools whose servers the caller may use.' })
  async pools(@Who() actor: Actor, @Args() page: PageArgs) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('pool', page))), PoolType.from);
  }

  @ResolveField(() => [ServerType], { description: 'Its members, oldest first.' })
  async servers(@Request() request: RequestContext, @Parent() pool: PoolType) {
    const members = await request.find(PoolType, pool.id, (ids) => this.all.membersOf(ids));
    return (members ?? []).map(ServerType.from);
  }

  @Mutation(() => CreatePoolResult, {
    description: 'Make a pool, for servers of the caller to join. Safe to repeat with the same idempotencyKey.',
  })
  async createPool(@Who() actor: Actor, @Args('input') input: CreatePoolInput, @KeyArg() key: string) {
    return asResult(CreatePoolSuccess, await this.service.create(actor, input, key), (made) => ({
      ...made,
      pool: PoolType.from(made.pool),
    }));
  }

  @Mutation(() => JoinPoolResult, {
    description:
      "Have one's own server answer for all sites of a pool, and the others of the pool for those of this server. Each place is deployed and " +
      'proven. Safe to repeat with the same idempotencyKey.',
  })
  async joinPool(
    @Who() actor: Actor,
    @Args('serverId', { type: () => ID }) serverId: string,
    @Args('poolId', { type: () => ID }) poolId: string,
    @KeyArg() key: string,
  ) {
    return asResult(JoinPoolSuccess, await this.members.join(actor, { serverId, poolId }, key), (made) => ({
      ...made,
      server: ServerType.from(made.server),
    }));
  }

  @Mutation(() => LeavePoolResult, {
    description:
      'Have a server answer for the sites of its pool no more. Those that have their home there get it at another member; of the last one with ' +
      'sites it is refused (POOL_LAST_SERVER). Lead the names elsewhere before. Safe to repeat with the same idempotencyKey.',
  })
  async leavePool(@Who() actor: Actor, @Args('serverId', { type: () => ID }) serverId: string, @KeyArg() key: string) {
    return asResult(LeavePoolSuccess, await this.members.leave(actor, serverId, key), (made) => ({
      ...made,
      server: ServerType.from(made.server),
    }));
  }
}

@Resolver(() => ServerType)
export class ServerPoolResolver {
  constructor(private readonly service: Pools) {}

  @ResolveField(() => PoolType, { nullable: true, description: 'The pool that it is a member of.' })
  async pool(@Request() request: RequestContext, @Parent() server: ServerType) {
    if (server.poolId === undefined) return undefined;
    const found = await request.find(this.service, server.poolId, (ids) => this.service.byIds(ids));
    return found && PoolType.from(found);
  }
}
