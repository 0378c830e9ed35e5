import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import {
  AddAddressInput,
  AddAddressResult,
  AddAddressSuccess,
  AddressType,
  FoundSiteType,
  RegisterServerInput,
  RegisterServerResult,
  RegisterServerSuccess,
  ServerConnection,
  ServerType,
} from './servers.graphql.js';
import { FoundSites } from './found-sites.service.js';
import { ServerRegistration } from './server-registration.service.js';
import { Servers } from './servers.service.js';

@Resolver(() => ServerType)
export class ServersResolver {
  constructor(
    private readonly service: Servers,
    private readonly registration: ServerRegistration,
    private readonly found: FoundSites,
  ) {}

  @Query(() => ServerType, { description: 'The server with this id, of those that the caller may use.' })
  async server(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return ServerType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => ServerConnection, { description: 'The servers that the caller may use: its own and those of the accounts above.' })
  async servers(@Who() actor: Actor, @Args() page: PageArgs) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('server', page))), ServerType.from);
  }

  @ResolveField(() => [AddressType], { description: 'Where it listens.' })
  async addresses(@Request() request: RequestContext, @Parent() server: ServerType) {
    const addresses = await request.find(AddressType, server.id, (ids) => this.service.addressesOf(ids));
    return (addresses ?? []).map(AddressType.from);
  }

  @Query(() => [FoundSiteType], {
    description:
      'The sites with TLS that a server has beside those of Hostseal, asked of its machine now; none of a server that cannot tell. For administrators. Changes nothing.',
  })
  async foundSites(@Who() actor: Actor, @Args('serverId', { type: () => ID }) serverId: string) {
    return orRefuse(await this.found.on(actor, serverId)).map(FoundSiteType.from);
  }

  @Mutation(() => RegisterServerResult, {
    description: 'Register a server that a machine has, each once. For administrators. Safe to repeat with the same idempotencyKey.',
  })
  async registerServer(@Who() actor: Actor, @Args('input') input: RegisterServerInput, @KeyArg() key: string) {
    return asResult(RegisterServerSuccess, await this.registration.register(actor, input, key), (made) => ({
      ...made,
      server: ServerType.from(made.server),
    }));
  }

  @Mutation(() => AddAddressResult, { description: "Add an address to one's own server. Safe to repeat with the same idempotencyKey." })
  async addAddress(@Who() actor: Actor, @Args('input') input: AddAddressInput, @KeyArg() key: string) {
    return asResult(AddAddressSuccess, await this.service.addAddress(actor, input, key), (made) => ({
      ...made,
      address: AddressType.from(made.address),
    }));
  }
}

@Resolver(() => AddressType)
export class AddressesResolver {
  constructor(private readonly service: Servers) {}

  @ResolveField(() => ID, { nullable: true, description: 'The account that it is dedicated to, where that is the caller or one below.' })
  async dedicatedTo(@Request() request: RequestContext, @Parent() { dedicatedAccountId }: AddressType) {
    if (dedicatedAccountId === undefined) return undefined;
    const known = async (ids: readonly string[]) =>
      new Map([...(await this.service.knownAccounts(request.actor, ids))].map((id) => [id, id]));
    return request.find(this.dedicatedTo, dedicatedAccountId, known);
  }
}
