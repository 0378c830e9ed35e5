/** API tokens: random, shown once, kept as a hash, with scopes and an end. */
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
};

export type NewToken = Pick<ApiToken, 'accountId' | 'name' | 'scopes' | 'expiresAt'>;

/** A token that outlives its maker's memory is a risk: a year, unless asked for less. */
export const LONGEST_LIFE = days(366);
/** 256 random bits: nothing to guess, so a plain hash is enough to keep. */
export const TOKEN_BYTES = 32;

export const tokenText = (random: Uint8Array): string => `hst_${Buffer.from(random).toString('base64url')}`;
export const tokenHash = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(createHash('sha256').update(text).digest());

export type TokenInput = { accountId?: string | null; name: string; scopes: readonly TokenScope[]; expiresAt: Date };

export function parseNewToken(input: TokenInput, actor: Actor, now: Instant): Result<NewToken> {
  return allFields({
    accountId: input.accountId ? parseId('account', input.accountId) : ok(actor.accountId),
    name: parseLabel(input.name),
    scopes: parseScopes(input.scopes, actor),
    expiresAt: parseExpiry(input.expiresAt, now),
  });
}

/** A token may not do more than the token that makes it. */
function parseScopes(scopes: readonly TokenScope[], actor: Actor): Result<readonly TokenScope[]> {
  const wanted = TOKEN_SCOPES.filter((scope) => scopes.includes(scope));
  if (wanted.length === 0) return err(problem('TOO_FEW', { count: 0, limit: 1 }));
  const beyond = wanted.find((scope) => !actor.scopes.includes(scope));
  return beyond ? err(problem('NOT_ALLOWED', { needs: beyond })) : ok(wanted);
}

function parseExpiry(date: Date, now: Instant): Result<Instant> {
  const at = fromDate(date);
  if (at <= now) return err(problem('IN_THE_PAST', { at: toIso(at) }));
  return at > plus(now, LONGEST_LIFE) ? err(problem('TOO_LARGE', { limit: 366, unit: 'days' })) : ok(at);
}

/** May it be used now? */
export const isUsable = (token: ApiToken, now: Instant): boolean => token.revokedAt === undefined && now < token.expiresAt;
