import { Args, ID, Mutation, Resolver } from '@nestjs/graphql';
import { Deleted } from '../../graphql/deleted.graphql.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { KeyArg, Who } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { DeleteServerResult, DeleteServerSuccess, RemoveAddressResult, RemoveAddressSuccess } from './server-deletion.graphql.js';
import { ServerDeletion } from './server-deletion.service.js';

@Resolver()
export class ServerDeletionResolver {
  constructor(private readonly service: ServerDeletion) {}

  @Mutation(() => DeleteServerResult, {
    description:
      "Forget one's own server. Refused (SERVER_IN_USE, with each thing that depends on it) while sites are there, while it is in a pool or in front " +
      'of one, and while something of ours is laid down there. Safe to repeat with the same idempotencyKey.',
  })
  async deleteServer(@Who() actor: Actor, @Args('serverId', { type: () => ID }) serverId: string, @KeyArg() key: string) {
    const done = await this.service.deleteServer(actor, serverId, key);
    return asResult(DeleteServerSuccess, done, (gone) => ({ deleted: Deleted.from(gone), replayed: gone.replayed }));
  }

  @Mutation(() => RemoveAddressResult, {
    description:
      "Take an address from one's own server. Refused (ADDRESS_IN_USE) where sites are to be answered there, unless evenIfServed: then they are " +
      'answered at its other addresses alone. Safe to repeat with the same idempotencyKey.',
  })
  async removeAddress(
    @Who() actor: Actor,
    @Args('addressId', { type: () => ID }) addressId: string,
    @KeyArg() key: string,
    @Args('evenIfServed', { nullable: true, defaultValue: false, description: 'Also where sites are served there now.' })
    evenIfServed: boolean,
  ) {
    const done = await this.service.removeAddress(actor, addressId, { evenIfServed }, key);
    return asResult(RemoveAddressSuccess, done, (gone) => ({ deleted: Deleted.from(gone), replayed: gone.replayed }));
  }
}
