import { Args, ID, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { asResult } from '../../graphql/problem.graphql.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { ServerType } from '../servers/servers.graphql.js';
import { Servers } from '../servers/servers.service.js';
import { AddSiteServerResult, AddSiteServerSuccess, RemoveSiteServerResult, RemoveSiteServerSuccess } from './further-servers.graphql.js';
import { FurtherServers } from './further-servers.service.js';
import { SiteServers } from './site-servers.service.js';
import { SiteType } from './sites.graphql.js';

@Resolver(() => SiteType)
export class FurtherServersResolver {
  constructor(
    private readonly further: FurtherServers,
    private readonly siteServers: SiteServers,
    private readonly all: Servers,
  ) {}

  @ResolveField(() => [ServerType], {
    description: "All that answer for it: its home first, the other members of the home's pool, and further ones.",
  })
  async servers(@Request() request: RequestContext, @Parent() site: SiteType) {
    const ids = await request.find(this.siteServers, site.id, (siteIds) => this.siteServers.ofIds(siteIds));
    const found = await Promise.all((ids ?? []).map((id) => request.find(this.all, id, (wanted) => this.all.byIds(wanted))));
    return found.flatMap((server) => (server ? [ServerType.from(server)] : []));
  }

  @Mutation(() => AddSiteServerResult, {
    description:
      'Have a further server answer for a site, with all that it shows elsewhere: a mail server, or one in another place. One that the account ' +
      'of the site may use. Safe to repeat with the same idempotencyKey.',
  })
  async addSiteServer(
    @Who() actor: Actor,
    @Args('siteId', { type: () => ID }) siteId: string,
    @Args('serverId', { type: () => ID }) serverId: string,
    @KeyArg() key: string,
  ) {
    return asResult(AddSiteServerSuccess, await this.further.add(actor, siteId, serverId, key), ({ site, replayed }) => ({
      site: SiteType.from(site),
      replayed,
    }));
  }

  @Mutation(() => RemoveSiteServerResult, {
    description:
      'Have a further server answer for a site no more: what was put there is taken away. Not its home (HOME_SERVER). Safe to repeat with the ' +
      'same idempotencyKey.',
  })
  async removeSiteServer(
    @Who() actor: Actor,
    @Args('siteId', { type: () => ID }) siteId: string,
    @Args('serverId', { type: () => ID }) serverId: string,
    @KeyArg() key: string,
  ) {
    return asResult(RemoveSiteServerSuccess, await this.further.remove(actor, siteId, serverId, key), ({ site, replayed }) => ({
      site: SiteType.from(site),
      replayed,
    }));
  }
}
