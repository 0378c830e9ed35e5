import type { Instant } from '../values/instant.js';

/** Whole days from now until `at` (RFC 3339); negative when it has passed. */
export const daysLeft = (at: string, now: Instant): number => Math.floor((Date.parse(at) - now) / 86_400_000);
