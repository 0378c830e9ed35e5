/** Lists of names as callers give them. */
import { problem } from './problems/problem.js';
import { allItems, err, ok, type Result } from './result.js';

/** What one certificate is commonly issued for at most (Let's Encrypt, "Rate limits": 100 names). */
export const MAX_NAMES = 100;

/** Each once, in the order in which they came; given twice, in whatever spelling, is meant once. TOO_FEW, TOO_MANY, or what `parse` says. */
export function parseNames<N extends string>(texts: readonly string[], parse: (text: string) => Result<N>): Result<readonly N[]> {
  if (texts.length === 0) return err(problem('TOO_FEW', { count: 0, limit: 1 }));
  if (texts.length > MAX_NAMES) return err(problem('TOO_MANY', { count: texts.length, limit: MAX_NAMES }));
  const names = allItems(texts, parse);
  return names.ok ? ok([...new Set(names.value)]) : names;
}
