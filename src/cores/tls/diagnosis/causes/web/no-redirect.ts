/** Whoever types the name alone comes in clear, and stays there. A refusal on port 80 shows nothing and is fine. */
import type { HttpAnswer } from '../../../check/site-check.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const noRedirect: Rule = (c) =>
  reportPlaces(c, 'NO_REDIRECT', { severity: 'WEAK', whoActs: 'CUSTOMER' }, ({ http }) =>
    http?.plain?.ok ? inClear(http.plain.value) : undefined,
  );

function inClear({ status, location }: HttpAnswer): { status: number; leads: string } | undefined {
  if (status >= 200 && status < 300) return { status, leads: 'the page itself' };
  if (status < 300 || status >= 400 || location === undefined) return undefined;
  // Relative: to the same scheme (RFC 9110 10.2.2).
  return /^https:/i.test(location) ? undefined : { status, leads: `a redirect to ${location.slice(0, 100)}` };
}
