import type { Hostname } from '../../../values/hostname.js';
import type { Instant } from '../../../values/instant.js';
import type { Certificate } from '../certificate.js';

/** Which path is asked for, and what from. */
export type PathRequest = {
  readonly leaf: Certificate;
  /** In any order; strangers and duplicates among them do no harm. */
  readonly intermediates: readonly Certificate[];
  readonly roots: readonly Certificate[];
  /** The name that the client asks for; without it, no name is checked. */
  readonly hostname?: Hostname;
  readonly purpose: 'serverAuth';
  readonly now: Instant;
};
