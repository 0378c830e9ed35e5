/** A short text for people: one line, 1 to 100 characters, no control or direction-changing characters (they forge what a person reads). */
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

const MAX_LABEL = 100;

export function parseLabel(input: string): Result<string> {
  const text = input.normalize('NFC').trim();
  const bad =
    text.length === 0 ||
    [...text].length > MAX_LABEL ||
    /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u.test(text);
  return bad ? err(problem('NOT_A_LABEL', { limit: MAX_LABEL })) : ok(text);
}
