import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import {
  AccountConnection,
  AccountType,
  ApiTokenConnection,
  ApiTokenType,
  AuditEntryConnection,
  CreateAccountInput,
  CreateAccountResult,
  CreateAccountSuccess,
  CreateApiTokenInput,
  CreateApiTokenResult,
  CreateApiTokenSuccess,
  RevokeApiTokenResult,
  RevokeApiTokenSuccess,
} from './accounts.graphql.js';
import { Accounts } from './accounts.service.js';
import { ApiTokens } from './api-tokens.service.js';

@Resolver(() => AccountType)
export class AccountsResolver {
  constructor(
    private readonly service: Accounts,
    private readonly tokens: ApiTokens,
  ) {}

  @Query(() => AccountType, { description: 'The account of the token in use.' })
  async me(@Who() actor: Actor) {
    return AccountType.from(orRefuse(await this.service.one(actor, actor.accountId)));
  }

  @Query(() => AccountType, { description: 'The account with this id, at or below the caller.' })
  async account(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return AccountType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => AccountConnection, { description: 'The caller and all accounts below.' })
  async accounts(@Who() actor: Actor, @Args() page: PageArgs) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('account', page))), AccountType.from);
  }

  @Query(() => AuditEntryConnection, { description: 'What the caller and all accounts below asked for, newest first.' })
  async auditLog(@Who() actor: Actor, @Args() page: PageArgs) {
    return toConnection(orRefuse(await this.service.auditPage(actor, parsePage('audit', page))), (entry) => entry);
  }

  @ResolveField(() => ApiTokenConnection, { description: 'Its tokens, with those that are expired or revoked.' })
  async apiTokens(@Request() request: RequestContext, @Parent() account: AccountType, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('token', args));
    const pagesOf = async (ids: readonly string[]) => orRefuse(await this.tokens.pagesOf(request.actor, ids, page));
    return toConnection((await request.find(this.tokens, account.id, pagesOf, page))!, ApiTokenType.from);
  }

  @Mutation(() => CreateAccountResult, { description: 'Make a reseller or customer. Safe to repeat with the same idempotencyKey.' })
  async createAccount(@Who() actor: Actor, @Args('input') input: CreateAccountInput, @KeyArg() key: string) {
    return asResult(CreateAccountSuccess, await this.service.create(actor, input, key), (made) => ({
      ...made,
      account: AccountType.from(made.account),
    }));
  }

  @Mutation(() => CreateApiTokenResult, { description: 'Make a token. Safe to repeat; a repetition does not show the token again.' })
  async createApiToken(@Who() actor: Actor, @Args('input') input: CreateApiTokenInput, @KeyArg() key: string) {
    return asResult(CreateApiTokenSuccess, await this.tokens.create(actor, input, key), (made) => ({
      ...made,
      token: ApiTokenType.from(made.token),
    }));
  }

  @Mutation(() => RevokeApiTokenResult, { description: 'End a token at once, and those that were made with it. Revoking twice is fine.' })
  async revokeApiToken(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string, @KeyArg() key: string) {
    return asResult(RevokeApiTokenSuccess, await this.tokens.revoke(actor, id, key), (made) => ({
      ...made,
      token: ApiTokenType.from(made.token),
    }));
  }
}
