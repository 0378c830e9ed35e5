/** What a list of names is searched for. */
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

declare const brand: unique symbol;
/** As DNS has it, in lower case: a part of names or a whole one. */
export type NamePart = string & { readonly [brand]: 'NamePart' };

/** NOT_A_HOSTNAME where no name can contain it (RFC 1035 2.3.4: at most 253 characters). */
export function parseNamePart(text: string): Result<NamePart> {
  const part = text.toLowerCase();
  return /^[a-z0-9.*-]{1,253}$/.test(part) ? ok(part as NamePart) : err(problem('NOT_A_HOSTNAME', { text: text.slice(0, 300) }));
}
