import { daysUntil, instant, type Instant } from '../values/instant.js';

/** Whole days from now until `at` (RFC 3339); negative when it has passed. */
export const daysLeft = (at: string, now: Instant): number => Math.floor(daysUntil(instant(Date.parse(at)), now));
