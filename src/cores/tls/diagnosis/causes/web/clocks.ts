/** Date is when the answer was made (RFC 9110 6.6.1), to the second; a cache may keep it for a while, but never has one from the future. */
import { hours, minutes, since, type Duration } from '../../../../../values/instant.js';
import type { AddressCheck } from '../../../check/site-check.js';

/** How far the server's clock is ahead of ours (negative: behind), where that is more than a cache explains. */
export function clockDifference({ http }: AddressCheck): Duration | undefined {
  const answers = [http?.overTls, http?.plain].flatMap((answer) => (answer?.ok ? answer.value : []));
  const dated = answers.flatMap(({ date, receivedAt }) => (date === undefined ? [] : since(receivedAt, date)));
  const [ahead] = dated;
  return ahead !== undefined && (ahead > minutes(5) || ahead < -hours(1)) ? ahead : undefined;
}

/** `3 hours`, `12 minutes`. */
export function spanText(span: Duration): string {
  const inMinutes = Math.round(Math.abs(span) / minutes(1));
  if (inMinutes < 120) return `${inMinutes} minutes`;
  const inHours = Math.round(inMinutes / 60);
  return inHours < 48 ? `${inHours} hours` : `${Math.round(inHours / 24)} days`;
}
