/**
 * The one shape in which the house says that something was refused or failed.
 * Cores and adapters name the cause (`code`) and the facts; sentences are rendered from both by
 * `catalogue.ts`, at the edge, so that no core builds prose and every cause reads the same everywhere.
 */
import type { ProblemCode } from './codes.js';

export type Fact = string | number | boolean;

export type Problem = {
  readonly code: ProblemCode;
  /** What a sentence about it needs: names, limits, the other party's own words. Never a secret. */
  readonly facts: Readonly<Record<string, Fact>>;
  /** The name, id or input field that it is about. */
  readonly subject?: string;
  /** Milliseconds since the epoch: not before this is another try worth it (RFC 9110 10.2.3). */
  readonly retryAfter?: number;
  /** One per name or field, where several failed (RFC 8555 6.7.1). */
  readonly sub: readonly Problem[];
};

export function problem(
  code: ProblemCode,
  facts: Readonly<Record<string, Fact>> = {},
  more: { subject?: string; retryAfter?: number; sub?: readonly Problem[] } = {},
): Problem {
  const subject = more.subject === undefined ? {} : { subject: keepable(more.subject) };
  return {
    code,
    facts: Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, keepable(fact)])),
    sub: [],
    ...more,
    ...subject,
  };
}

/** What a database keeps of a text. Facts hold strangers' words: PostgreSQL takes neither U+0000 nor half a character, and whoever could not write down why would try for ever. */
export const keepable = <F extends Fact>(fact: F): F | string =>
  typeof fact === 'string' ? fact.replaceAll('\0', '\u{FFFD}').toWellFormed() : fact;

/** The same problem, said about one input field. */
export const about = (subject: string, cause: Problem): Problem => ({ ...cause, subject });
