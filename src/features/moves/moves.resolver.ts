import { Args, ID, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { asResult } from '../../graphql/problem.graphql.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { SiteType } from '../sites/sites.graphql.js';
import type { Move } from './move.js';
import {
  CancelMoveResult,
  CancelMoveSuccess,
  FinishMoveResult,
  FinishMoveSuccess,
  MoveSiteResult,
  MoveSiteSuccess,
  MoveType,
} from './moves.graphql.js';
import { Moves } from './moves.service.js';

@Resolver(() => SiteType)
export class MovesResolver {
  constructor(private readonly service: Moves) {}

  @ResolveField(() => MoveType, { nullable: true, description: 'Its newest move, under way or over.' })
  async move(@Request() request: RequestContext, @Parent() site: SiteType) {
    const found = await request.find(this.service, site.id, (ids) => this.service.ofSites(ids));
    return found && MoveType.from(found);
  }

  @Mutation(() => MoveSiteResult, {
    description:
      'Give a site another home without a handshake failing: first it is put on the new server too and proven there, then that is its home; the old ' +
      'servers show it until finishMove, or until all its names have led to the new one alone for 48 hours. Lead the names over in between. Safe to ' +
      'repeat with the same idempotencyKey.',
  })
  async moveSite(
    @Who() actor: Actor,
    @Args('siteId', { type: () => ID }) siteId: string,
    @Args('serverId', { type: () => ID }) serverId: string,
    @KeyArg() key: string,
  ) {
    return asResult(MoveSiteSuccess, await this.service.begin(actor, { siteId, serverId }, key), shown);
  }

  @Mutation(() => CancelMoveResult, {
    description: 'End a move that is PREPARING: the site stays where it was. Safe to repeat with the same idempotencyKey.',
  })
  async cancelMove(@Who() actor: Actor, @Args('siteId', { type: () => ID }) siteId: string, @KeyArg() key: string) {
    return asResult(CancelMoveSuccess, await this.service.cancel(actor, siteId, key), shown);
  }

  @Mutation(() => FinishMoveResult, {
    description:
      'End a move that is DRAINING: what the old servers have of the site is taken away now. Safe to repeat with the same idempotencyKey.',
  })
  async finishMove(@Who() actor: Actor, @Args('siteId', { type: () => ID }) siteId: string, @KeyArg() key: string) {
    return asResult(FinishMoveSuccess, await this.service.finish(actor, siteId, key), shown);
  }
}

const shown = ({ move, replayed }: { move: Move; replayed: boolean }) => ({ move: MoveType.from(move), replayed });
