import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, parseId } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Access, type OwnershipLoader } from './access.service.js';
import { AccountsStore } from './accounts.store.js';
import {
  isUsable,
  makeToken,
  MOST_LIVE_TOKENS,
  parseNewToken,
  TOKEN_BYTES,
  tokenHash,
  tokenText,
  type ApiToken,
  type NewToken,
  type TokenInput,
} from './api-token.js';

/** Tokens: made, shown once, revoked, and believed or not. */
@Injectable()
export class ApiTokens implements OwnershipLoader {
  readonly kind = 'token';

  constructor(
    private readonly store: AccountsStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    access.register(this);
  }

  /** The edge's port Authenticator. A token that is unknown, expired or revoked is undefined. */
  async authenticate(text: string): Promise<Actor | undefined> {
    const token = await this.store.tokenByHash(tokenHash(text));
    if (!token || !isUsable(token, this.clock.now())) return undefined;
    const account = (await this.store.byIds([token.accountId])).get(token.accountId);
    if (!account) return undefined;
    const { id: tokenId, scopes, expiresAt: tokenExpiresAt } = token;
    return { accountId: account.id, accountPath: account.path, kind: account.kind, tokenId, tokenExpiresAt, scopes };
  }

  /** `secret` is there once: a replay knows the token's data, not the token. */
  async create(actor: Actor, input: TokenInput, key: string): Promise<Result<{ token: ApiToken; secret?: string; replayed: boolean }>> {
    const command = parseNewToken(input, actor.accountId);
    const text = tokenText(this.random.bytes(TOKEN_BYTES));
    const allow = (wanted: NewToken) => this.access.require(actor, 'WRITE_ACCOUNTS', 'account', [wanted.accountId]);
    const done = await this.mutations.run({ by: actor, action: 'token.create', key, input: command, allow }, async (tx, wanted) => {
      const now = this.clock.now();
      const token = makeToken(wanted, actor, newId('token', now, this.random), now);
      if (!token.ok) return token;
      const room = await this.makeRoom(tx, token.value);
      if (!room.ok) return room;
      await this.store.insertToken(tx, token.value, tokenHash(text));
      return ok(token.value.id);
    });
    if (!done.ok) return done;
    const { id, replayed } = done.value;
    const token = (await this.store.tokensByIds([id])).get(id)!;
    return ok({ token, replayed, ...(!replayed && { secret: text }) });
  }

  /** Has the maker not ended meanwhile, and the account not too many? The platform's own must be made whatever: without it nobody gets in. */
  private async makeRoom(tx: Tx, { accountId, madeBy, createdAt }: ApiToken): Promise<Result<void>> {
    if (!madeBy) return ok(undefined);
    if (!(await this.store.holdToken(tx, madeBy))) return err(problem('UNAUTHENTICATED'));
    const live = await this.store.countLiveTokens(tx, accountId, createdAt);
    return live < MOST_LIVE_TOKENS ? ok(undefined) : err(problem('TOKEN_LIMIT_REACHED', { limit: MOST_LIVE_TOKENS }));
  }

  /** Ends it, those that were made with it, and so on down: whoever had a stolen token may have made others with it. */
  async revoke(actor: Actor, id: string, key: string): Promise<Result<{ token: ApiToken; replayed: boolean }>> {
    const parsed = parseId('token', id);
    const input = parsed.ok ? parsed : err(about('id', parsed.problem));
    const allow = (tokenId: string) => this.access.require(actor, 'WRITE_ACCOUNTS', 'token', [tokenId]);
    const done = await this.mutations.run({ by: actor, action: 'token.revoke', key, input, allow }, async (tx, tokenId) => {
      await this.store.revokeTokens(tx, tokenId, this.clock.now());
      return ok(tokenId);
    });
    if (!done.ok) return done;
    return ok({ token: (await this.store.tokensByIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  /** A page of the tokens of each of these accounts. */
  async pagesOf(actor: Actor, accountIds: readonly string[], request: PageRequest): Promise<Result<ReadonlyMap<string, Page<ApiToken>>>> {
    const allowed = await this.access.require(actor, 'READ', 'account', accountIds);
    return allowed.ok ? ok(await this.store.tokenPages(accountIds, request)) : allowed;
  }

  async ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const tokens = await this.store.tokensByIds(ids);
    const accounts = await this.store.byIds([...tokens.values()].map((token) => token.accountId));
    return new Map([...tokens].map(([id, token]) => [id, accounts.get(token.accountId)!.path]));
  }
}
