import { days, type Instant } from '../../../values/instant.js';
import { onDay, type Lint } from './lint.js';

export const validityMaxDays: Lint = {
  id: 'validity-max-days',
  source: 'CA/B BR 6.3.2',
  effectiveFrom: onDay('2020-09-01'),
  publicOnly: true,
  check: ({ notBefore, notAfter }, issuedAt) => {
    const limit = maxValidityDays(issuedAt);
    // Both ends are inclusive (RFC 5280 4.1.2.5), so the last second counts too.
    const validity = notAfter - notBefore + 1000;
    return validity > days(limit) ? `it is valid for ${(validity / days(1)).toFixed(2)} days; the limit is ${limit}` : undefined;
  },
};

/** What a certificate that is issued then may have, in days of 86,400 s, both ends counted. */
export const maxValidityDays = (issuedAt: Instant): number => SCHEDULE.find(({ from }) => issuedAt >= from)?.limit ?? 398;

/** Newest first (ballot SC-081v3). */
const SCHEDULE = [
  { from: onDay('2029-03-15'), limit: 47 },
  { from: onDay('2027-03-15'), limit: 100 },
  { from: onDay('2026-03-15'), limit: 200 },
  { from: onDay('2020-09-01'), limit: 398 },
];
