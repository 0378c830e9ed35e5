/**
 * Pages by key, not by offset: `first` items after a cursor, in the order of ids, which sort by time of birth
 * (Relay Cursor Connections). A cursor is opaque to callers.
 */
import { parseId, type IdKind } from './id.js';
import { about, problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

/** Largest page. */
const MAX_PAGE = 100;

export type PageRequest = { readonly first: number; readonly after?: string };
export type Page<T> = { readonly items: readonly T[]; readonly hasNextPage: boolean };

/** `of`: what the list is made of; the cursor of another list is none here. */
export function parsePage(of: IdKind, args: { first: number; after?: string | null }): Result<PageRequest> {
  if (args.first < 1) return err(about('first', problem('TOO_FEW', { count: args.first, limit: 1 })));
  if (args.first > MAX_PAGE) return err(about('first', problem('TOO_MANY', { count: args.first, limit: MAX_PAGE })));
  if (!args.after) return ok({ first: args.first });
  const after = decodeCursor(of, args.after);
  return after === undefined ? err(about('after', problem('NOT_A_CURSOR'))) : ok({ first: args.first, after });
}

export const encodeCursor = (id: string): string => Buffer.from(`v1:${id}`).toString('base64url');

function decodeCursor(of: IdKind, cursor: string): string | undefined {
  const text = cursor.length <= 128 ? Buffer.from(cursor, 'base64url').toString() : '';
  return text.startsWith('v1:') && parseId(of, text.slice(3)).ok ? text.slice(3) : undefined;
}
