/** What is known of one certificate. UNKNOWN is an answer of its own, and never counts as good. */
import type { Instant } from '../../../values/instant.js';

export type RevocationStatus =
  /** Until then; a newer answer is to be had after it. */
  | { readonly kind: 'GOOD'; readonly until: Instant }
  /** `reason`: RFC 5280 5.3.1. */
  | { readonly kind: 'REVOKED'; readonly at: Instant; readonly reason: number }
  /** In a few words. */
  | { readonly kind: 'UNKNOWN'; readonly why: string };

export const unknown = (why: string): RevocationStatus => ({ kind: 'UNKNOWN', why });
