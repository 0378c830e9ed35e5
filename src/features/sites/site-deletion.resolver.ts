import { Args, ID, Mutation, Resolver } from '@nestjs/graphql';
import { Deleted } from '../../graphql/deleted.graphql.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { KeyArg, Who } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { DeleteSiteResult, DeleteSiteSuccess } from './site-deletion.graphql.js';
import { SiteDeletion } from './site-deletion.service.js';

@Resolver()
export class SiteDeletionResolver {
  constructor(private readonly service: SiteDeletion) {}

  @Mutation(() => DeleteSiteResult, {
    description:
      'Delete a site. Refused (SITE_IN_USE, with each thing that depends on it) while an order is under way for it, and where it is to be answered ' +
      'somewhere, moved or repaired, unless evenIfServed: then that goes along. Orders and certificates stay as they are. Safe to repeat with ' +
      'the same idempotencyKey.',
  })
  async deleteSite(
    @Who() actor: Actor,
    @Args('siteId', { type: () => ID }) siteId: string,
    @KeyArg() key: string,
    @Args('evenIfServed', { nullable: true, defaultValue: false, description: 'Also where it is served now.' }) evenIfServed: boolean,
  ) {
    const done = await this.service.delete(actor, siteId, { evenIfServed }, key);
    return asResult(DeleteSiteSuccess, done, (gone) => ({ deleted: Deleted.from(gone), replayed: gone.replayed }));
  }
}
