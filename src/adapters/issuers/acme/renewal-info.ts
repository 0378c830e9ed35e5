/** ACME Renewal Information (RFC 9773): when the CA would like a certificate to be renewed. */
import { days, hours, minutes, parseInstant, plus, type Instant } from '../../../values/instant.js';
import type { RenewalAdvice } from '../issuer.js';
import { fieldsOf, url } from './protocol/wire.js';

/** RFC 9773 4.3.2: less than a minute is as good as one, more than a day as one. */
const SHORTEST = minutes(1);
const LONGEST = days(1);
/** RFC 9773 4.3.3: where the CA does not say when to ask again. */
const UNSAID = hours(6);

/** Undefined for a window that is none: it has to end after it starts (RFC 9773 4.2). */
export function readRenewalInfo(value: unknown, retryAfter: Instant | undefined, now: Instant): RenewalAdvice | undefined {
  const fields = fieldsOf(value);
  const window = fieldsOf(fields['suggestedWindow']);
  const [start, end] = [parseInstant(`${window['start']}`), parseInstant(`${window['end']}`)];
  if (!start.ok || !end.ok || start.value >= end.value) return undefined;
  const askAgainAt = Math.min(Math.max(retryAfter ?? plus(now, UNSAID), plus(now, SHORTEST)), plus(now, LONGEST)) as Instant;
  return { start: start.value, end: end.value, askAgainAt, explanationUrl: url(fields['explanationURL']) };
}
