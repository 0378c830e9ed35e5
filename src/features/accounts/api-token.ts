/** API tokens: random, shown once, kept as a hash, with scopes and an end. One that a token made is never more than its maker. */
import { createHash } from 'node:crypto';
import { TOKEN_SCOPES, type Actor, type TokenScope } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import { days, fromDate, plus, toIso, type Instant } from '../../values/instant.js';
import { parseLabel } from '../../values/label.js';
import { problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';

export type ApiToken = {
  readonly id: Id<'token'>;
  readonly accountId: Id<'account'>;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt?: Instant;
  /** The token that it was made with, and ends with; absent where the platform itself made it. */
  readonly madeBy?: Id<'token'>;
};

export type NewToken = Pick<ApiToken, 'accountId' | 'name' | 'scopes' | 'expiresAt'>;

/** A token that outlives its maker's memory is a risk: a year, unless asked for less. */
export const LONGEST_LIFE = days(366);
/** Tokens of an account that are neither expired nor revoked: one for each script, and none that nobody remembers. */
export const MOST_LIVE_TOKENS = 100;
/** 256 random bits: nothing to guess, so a plain hash is enough to keep. */
export const TOKEN_BYTES = 32;

export const tokenText = (random: Uint8Array): string => `hst_${Buffer.from(random).toString('base64url')}`;
export const tokenHash = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(createHash('sha256').update(text).digest());

export type TokenInput = { accountId?: string | null; name: string; scopes: readonly TokenScope[]; expiresAt: Date };

/** What depends neither on the time nor on the maker: a call that is repeated later reads the same. */
export function parseNewToken(input: TokenInput, own: Id<'account'>): Result<NewToken> {
  return allFields({
    accountId: input.accountId ? parseId('account', input.accountId) : ok(own),
    name: parseLabel(input.name),
    scopes: parseScopes(input.scopes),
    expiresAt: ok(fromDate(input.expiresAt)),
  });
}

function parseScopes(scopes: readonly TokenScope[]): Result<readonly TokenScope[]> {
  const wanted = TOKEN_SCOPES.filter((scope) => scopes.includes(scope));
  return wanted.length === 0 ? err(problem('TOO_FEW', { count: 0, limit: 1 })) : ok(wanted);
}

/** The token that a maker may make: it can do no more, and lives no longer. */
export function makeToken(wanted: NewToken, maker: Actor, id: Id<'token'>, now: Instant): Result<ApiToken> {
  const made = allFields({ scopes: scopesWithin(wanted.scopes, maker), expiresAt: endWithin(wanted.expiresAt, maker, now) });
  return made.ok ? ok({ ...wanted, id, createdAt: now, ...(maker.tokenId && { madeBy: maker.tokenId }) }) : made;
}

function scopesWithin(scopes: readonly TokenScope[], maker: Actor): Result<unknown> {
  const beyond = scopes.find((scope) => !maker.scopes.includes(scope));
  return beyond ? err(problem('NOT_ALLOWED', { needs: beyond })) : ok(undefined);
}

function endWithin(at: Instant, maker: Actor, now: Instant): Result<unknown> {
  if (at <= now) return err(problem('IN_THE_PAST', { at: toIso(at) }));
  if (at > plus(now, LONGEST_LIFE)) return err(problem('TOO_LARGE', { limit: 366, unit: 'days' }));
  const end = maker.tokenExpiresAt;
  return end !== undefined && at > end ? err(problem('OUTLIVES_ITS_MAKER', { at: toIso(at), end: toIso(end) })) : ok(undefined);
}

/** May it be used now? */
export const isUsable = (token: ApiToken, now: Instant): boolean => token.revokedAt === undefined && now < token.expiresAt;
