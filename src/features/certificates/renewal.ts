/** When a certificate should be renewed: as its CA advises (RFC 9773), else by what is left of its life. Nothing here renews. */
import { days, hours, instant, minutes, plus, since, type Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';

type Window = { readonly start: Instant; readonly end: Instant };
type Told = Window & { readonly explanationUrl?: string };
/** What the CA said last. */
export type Advice = Told & {
  /** The moment in the window that chance picked. It stays while the window does. */
  readonly renewAt: Instant;
  readonly checkedAt: Instant;
};
export type Renewal = Told & {
  readonly renewAt: Instant;
  /** `LIFETIME`: its CA gave no advice that could be followed. */
  readonly source: 'CA' | 'LIFETIME';
  /** When the CA last gave advice. */
  readonly checkedAt?: Instant;
};

type Life = { readonly notBefore: Instant; readonly notAfter: Instant };

/** Without advice: with a third of its life left, or with half of one that is short, as Let's Encrypt asks for. */
const LEFT = 1 / 3;
const LEFT_OF_SHORT = 1 / 2;
const SHORT = days(10);

/** There is always a window. Advice to wait until the certificate has ended is a mistake of its CA, and not followed. */
export function renewalOf({ notBefore, notAfter, advice }: Life & { readonly advice?: Advice }): Renewal {
  if (advice && advice.renewAt < notAfter) return { ...advice, source: 'CA' };
  const life = since(notBefore, notAfter);
  const start = instant(notAfter - life * (life < SHORT ? LEFT_OF_SHORT : LEFT));
  return { start, end: notAfter, renewAt: start, source: 'LIFETIME', ...(advice && { checkedAt: advice.checkedAt }) };
}

/** RFC 9773 4.2: each moment of the window as likely as any other, so that not all come at once. `fraction`: at least 0 and below 1. */
export const renewAt = ({ start, end }: Window, fraction: number): Instant => instant(start + since(start, end) * fraction);

/** The part of a window that lies behind the end of the certificate is none: a moment in it would be too late. */
export function advised(told: Told, notAfter: Instant, before: Advice | undefined, fraction: number, now: Instant): Advice {
  const { start, end, explanationUrl } = told;
  const same = before?.start === start && before.end === end;
  const inTime = instant(Math.max(start, Math.min(end, notAfter)));
  const at = same ? before.renewAt : renewAt({ start, end: inTime }, fraction);
  return { start, end, renewAt: at, checkedAt: now, ...(explanationUrl !== undefined && { explanationUrl }) };
}

/** RFC 9773 4.3.3: after what will not be otherwise within minutes. */
const LONG = hours(6);

/** When the CA is asked again after the n-th question in a row that came to nothing: it may be out of reach for a moment (RFC 9773 4.3.3). */
export function askAgainAfter(cause: Problem, attempts: number, now: Instant): Instant {
  const brief = cause.code === 'ISSUER_UNREACHABLE' || cause.retryAfter !== undefined;
  const pause = brief ? Math.min(minutes(2 ** Math.min(attempts - 1, 10)), LONG) : LONG;
  return instant(Math.max(plus(now, pause as typeof LONG), cause.retryAfter ?? 0));
}
