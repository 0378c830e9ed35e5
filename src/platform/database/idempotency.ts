/**
 * A state-changing call happens once: its key is claimed in the work's own transaction, and a repetition answers with what the
 * first one made. INSERT ... ON CONFLICT DO NOTHING waits for a first call that is still under way, and does not abort the
 * transaction as a caught unique violation would.
 */
import { createHash } from 'node:crypto';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { toDate, type Instant } from '../../values/instant.js';
import type { Tx } from './transaction.js';

declare const brand: unique symbol;
export type IdempotencyKey = string & { readonly [brand]: 'IdempotencyKey' };

export function parseIdempotencyKey(text: string): Result<IdempotencyKey> {
  return /^[\x21-\x7e]{8,128}$/.test(text) ? ok(text as IdempotencyKey) : err(problem('NOT_AN_IDEMPOTENCY_KEY'));
}

export type Call = { readonly accountId: string; readonly key: IdempotencyKey; readonly action: string; readonly input: unknown };

/** Claims the call; a replay answers with the result of the first. */
export async function claimCall(tx: Tx, call: Call, now: Instant): Promise<Result<{ replayOf?: string }>> {
  const inputHash = hashOf(call);
  const inserted = await tx.$executeRaw`
    INSERT INTO idempotency_claims (account_id, key, action, input_hash, result_id, at)
    VALUES (${call.accountId}, ${call.key}, ${call.action}, ${inputHash}, '', ${toDate(now)}) ON CONFLICT DO NOTHING`;
  if (inserted === 1) return ok({});
  const first = await tx.idempotencyClaim.findUniqueOrThrow({ where: { accountId_key: { accountId: call.accountId, key: call.key } } });
  return isSame(first, call) ? ok({ replayOf: first.resultId }) : err(problem('IDEMPOTENCY_KEY_REUSED'));
}

/** What the same call made before, with the same input; undefined where there was none. */
export async function earlierCall(tx: Tx, call: Call): Promise<string | undefined> {
  const first = await tx.idempotencyClaim.findUnique({ where: { accountId_key: { accountId: call.accountId, key: call.key } } });
  return first && isSame(first, call) ? first.resultId : undefined;
}

export async function settleCall(tx: Tx, { accountId, key }: Call, resultId: string): Promise<void> {
  await tx.idempotencyClaim.update({ where: { accountId_key: { accountId, key } }, data: { resultId } });
}

const hashOf = ({ input }: Call): Buffer => createHash('sha256').update(canonical(input)).digest();
const isSame = (first: { action: string; inputHash: Uint8Array }, call: Call): boolean =>
  first.action === call.action && Buffer.from(first.inputHash).equals(hashOf(call));

/** Those made before that time, oldest first; their keys are new again. */
export async function forgetCalls(tx: Tx, before: Instant, limit: number): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM idempotency_claims WHERE (account_id, key) IN (
      SELECT account_id, key FROM idempotency_claims WHERE at < ${toDate(before)} ORDER BY at LIMIT ${limit})`;
}

/** The same text for the same input, whatever the order of its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : typeof part === 'bigint'
        ? part.toString()
        : part,
  );
}
