/** Of many reasons why no path holds, the one that helps most is shown. */
import type { ProblemCode } from '../../../values/problems/codes.js';
import type { Problem } from '../../../values/problems/problem.js';

/**
 * Most useful first. A date says that a right path was found and is only old; what is wrong with a certificate in hand says more
 * than that no path leads on from it; and the budget says how far the search came, whatever else was seen.
 */
const RANK: readonly ProblemCode[] = [
  'PATH_TOO_COSTLY',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_NOT_YET_VALID',
  'CHAIN_SIGNATURE_WRONG',
  'CHAIN_CONSTRAINT_VIOLATED',
  'CERTIFICATE_PURPOSE_WRONG',
  'CERTIFICATE_NAME_MISMATCH',
  'CERTIFICATE_NOT_CONFORMING',
  'REVOCATION_UNKNOWN',
  'CHAIN_UNTRUSTED',
  'CHAIN_MISSING_INTERMEDIATE',
];

export const moreUseful = (one: Problem | undefined, other: Problem): Problem =>
  one === undefined || RANK.indexOf(other.code) < RANK.indexOf(one.code) ? other : one;
