/** Why a certificate is to be believed no longer: those of RFC 5280 5.3.1 that a subscriber may choose (CA/B BR 7.2.2), with their numbers in a list. */
export const REVOCATION_REASONS = {
  UNSPECIFIED: 0,
  KEY_COMPROMISE: 1,
  AFFILIATION_CHANGED: 3,
  SUPERSEDED: 4,
  CESSATION_OF_OPERATION: 5,
} as const;
export type RevocationReason = keyof typeof REVOCATION_REASONS;
