/** Points in time and spans, in whole milliseconds: what PostgreSQL, X.509 and HTTP all round to or below. */
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

declare const brand: unique symbol;
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [brand]: 'Instant' };
/** Milliseconds. */
export type Duration = number & { readonly [brand]: 'Duration' };

export const instant = (ms: number): Instant => Math.trunc(ms) as Instant;
export const fromDate = (date: Date): Instant => date.getTime() as Instant;
export const toDate = (at: Instant): Date => new Date(at);
/** RFC 3339, UTC. */
export const toIso = (at: Instant): string => new Date(at).toISOString();
/** For people: `2026-11-14 12:00:00 UTC`. */
export const toText = (at: Instant): string => toIso(at).replace(/T(.{8}).*$/, ' $1 UTC');

export const seconds = (n: number): Duration => (n * 1000) as Duration;
export const minutes = (n: number): Duration => (n * 60_000) as Duration;
export const hours = (n: number): Duration => (n * 3_600_000) as Duration;
export const days = (n: number): Duration => (n * 86_400_000) as Duration;

export const plus = (at: Instant, span: Duration): Instant => (at + span) as Instant;
export const since = (from: Instant, to: Instant): Duration => (to - from) as Duration;
/** With fractions; negative when it has passed. */
export const daysUntil = (at: Instant, now: Instant): number => since(now, at) / days(1);

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Reads RFC 3339 only: a date without an offset means another moment to every reader. */
export function parseInstant(text: string): Result<Instant> {
  const ms = RFC3339.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) || !isDay(text.slice(0, 10)) || !HAS_YEAR.test(toIso(ms as Instant))
    ? err(problem('NOT_AN_INSTANT', { text: text.slice(0, 64) }))
    : ok(ms as Instant);
}

/** In UTC too: PostgreSQL knows no year 0, and RFC 3339 none after 9999. */
const HAS_YEAR = /^(?!0000)\d{4}-/;

/** The 30th of February is another day to every reader, too. */
const isDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
