import { Args, ID, Mutation, Resolver } from '@nestjs/graphql';
import { Deleted } from '../../graphql/deleted.graphql.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { KeyArg, Who } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { RemoveDomainResult, RemoveDomainSuccess } from './domain-removal.graphql.js';
import { DomainRemoval } from './domain-removal.service.js';

@Resolver()
export class DomainRemovalResolver {
  constructor(private readonly service: DomainRemoval) {}

  @Mutation(() => RemoveDomainResult, {
    description:
      'Give a domain up, so that others may hold it. Refused (DOMAIN_IN_USE) while sites have names within it. Safe to repeat with the same ' +
      'idempotencyKey.',
  })
  async removeDomain(@Who() actor: Actor, @Args('domainId', { type: () => ID }) domainId: string, @KeyArg() key: string) {
    const done = await this.service.remove(actor, domainId, key);
    return asResult(RemoveDomainSuccess, done, (gone) => ({ deleted: Deleted.from(gone), replayed: gone.replayed }));
  }
}
