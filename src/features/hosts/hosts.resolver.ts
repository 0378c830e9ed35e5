import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Who } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { HostRegistration } from './host-registration.service.js';
import {
  HostConnection,
  HostType,
  PinHostKeyInput,
  PinHostKeyResult,
  PinHostKeySuccess,
  RegisterHostInput,
  RegisterHostResult,
  RegisterHostSuccess,
  SshHostKey,
} from './hosts.graphql.js';
import { Hosts } from './hosts.service.js';

@Resolver(() => HostType)
export class HostsResolver {
  constructor(
    private readonly service: Hosts,
    private readonly registration: HostRegistration,
  ) {}

  @Query(() => HostType, { description: "The host with this id, of the caller's." })
  async host(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return HostType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => HostConnection, { description: "The caller's hosts: an administrator's business." })
  async hosts(@Who() actor: Actor, @Args() page: PageArgs) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('host', page))), HostType.from);
  }

  @Query(() => SshHostKey, {
    description:
      'The key that answers at the address of a host now, whoever that is: asked as you ask, within ten seconds. It is not kept.',
  })
  async offeredHostKey(@Who() actor: Actor, @Args('hostId', { type: () => ID }) hostId: string) {
    return SshHostKey.from(orRefuse(await this.service.offeredKey(actor, hostId)));
  }

  @Mutation(() => RegisterHostResult, {
    description:
      'Register another machine, and make a key for it. For administrators. It is used once its own key is pinned. Safe to repeat with the same idempotencyKey.',
  })
  async registerHost(@Who() actor: Actor, @Args('input') input: RegisterHostInput, @KeyArg() key: string) {
    return asResult(RegisterHostSuccess, await this.registration.register(actor, input, key), (made) => ({
      ...made,
      host: HostType.from(made.host),
    }));
  }

  @Mutation(() => PinHostKeyResult, {
    description:
      'Say which key a host must show. With another one it is refused, and nothing is sent to it. Safe to repeat with the same idempotencyKey.',
  })
  async pinHostKey(@Who() actor: Actor, @Args('input') input: PinHostKeyInput, @KeyArg() key: string) {
    return asResult(PinHostKeySuccess, await this.registration.pin(actor, input, key), (made) => ({
      ...made,
      host: HostType.from(made.host),
    }));
  }
}
