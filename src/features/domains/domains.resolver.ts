import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { AccountType } from '../accounts/accounts.graphql.js';
import { Accounts } from '../accounts/accounts.service.js';
import { AddDomainInput, AddDomainResult, AddDomainSuccess, DomainConnection, DomainType } from './domains.graphql.js';
import { Domains } from './domains.service.js';

@Resolver(() => DomainType)
export class DomainsResolver {
  constructor(
    private readonly service: Domains,
    private readonly accounts: Accounts,
  ) {}

  @Query(() => DomainType, { description: 'The domain with this id.' })
  async domain(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return DomainType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => DomainConnection, { description: 'The domains of the caller and of all accounts below.' })
  async domains(@Who() actor: Actor, @Args() page: PageArgs) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('domain', page))), DomainType.from);
  }

  @ResolveField(() => AccountType, { description: 'Who holds it.' })
  async account(@Request() request: RequestContext, @Parent() domain: DomainType) {
    return AccountType.from((await request.find(this.accounts, domain.accountId, (ids) => this.accounts.byIds(ids)))!);
  }

  @Mutation(() => AddDomainResult, {
    description:
      'Hold a name, so that sites can be made for it and for names below it. A name that overlaps with one of another account is a Conflict, ' +
      'unless it is held on the way from the caller to the account that shall have it. Safe to repeat with the same idempotencyKey.',
  })
  async addDomain(@Who() actor: Actor, @Args('input') input: AddDomainInput, @KeyArg() key: string) {
    return asResult(AddDomainSuccess, await this.service.add(actor, input, key), (made) => ({
      ...made,
      domain: DomainType.from(made.domain),
    }));
  }
}
