import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Who } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import {
  ChangeAccountKeyInputType,
  ChangeAccountKeyResult,
  ChangeAccountKeySuccess,
  IssuerAccountType,
} from './issuer-accounts.graphql.js';
import { IssuerAccounts } from './issuer-accounts.service.js';

@Resolver(() => IssuerAccountType)
export class IssuerAccountsResolver {
  constructor(private readonly service: IssuerAccounts) {}

  @Query(() => [IssuerAccountType], { description: 'The accounts at CAs whose key was ever to be changed. For administrators.' })
  async issuerAccounts(@Who() actor: Actor) {
    return orRefuse(await this.service.all(actor)).map(IssuerAccountType.from);
  }

  @Mutation(() => ChangeAccountKeyResult, {
    description: 'Give the account at a CA another key (RFC 8555 7.3.5). Orders under way go on. For administrators. Safe to repeat.',
  })
  async changeAccountKey(@Who() actor: Actor, @Args('input') { issuerId }: ChangeAccountKeyInputType, @KeyArg() key: string) {
    return asResult(ChangeAccountKeySuccess, await this.service.changeKey(actor, issuerId, key), (made) => ({
      ...made,
      account: IssuerAccountType.from(made.account),
    }));
  }
}
