/**
 * Does a server's certificate follow the rules (CA/B BR 7.1.2.7, RFC 5280)? Asked before the local CA signs, and of what any CA sends.
 * A rule is added by writing its file and naming it here.
 */
import type { Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Certificate } from '../certificate.js';
import { authorityKeyIdentifierPresent } from './authority-key-identifier-present.js';
import { basicConstraintsNotCa } from './basic-constraints-not-ca.js';
import { commonNameInSan } from './common-name-in-san.js';
import { dnsNamesWellFormed } from './dns-names-well-formed.js';
import { extendedKeyUsageServerAuth } from './extended-key-usage-server-auth.js';
import { keyAllowed } from './key-allowed.js';
import { keyUsageFitsKey } from './key-usage-fits-key.js';
import type { Lint } from './lint.js';
import { noNameConstraints } from './no-name-constraints.js';
import { notBeforeNearIssuance } from './not-before-near-issuance.js';
import { oneReservedPolicy } from './one-reserved-policy.js';
import { sanCriticalWithoutSubject } from './san-critical-without-subject.js';
import { sanPresent } from './san-present.js';
import { serialUnpredictable } from './serial-unpredictable.js';
import { signatureAlgorithmAllowed } from './signature-algorithm-allowed.js';
import { validityMaxDays } from './validity-max-days.js';

export const LINTS: readonly Lint[] = [
  authorityKeyIdentifierPresent,
  basicConstraintsNotCa,
  commonNameInSan,
  dnsNamesWellFormed,
  extendedKeyUsageServerAuth,
  keyAllowed,
  keyUsageFitsKey,
  noNameConstraints,
  notBeforeNearIssuance,
  oneReservedPolicy,
  sanCriticalWithoutSubject,
  sanPresent,
  serialUnpredictable,
  signatureAlgorithmAllowed,
  validityMaxDays,
];

/**
 * LINT_FAILED for each rule that is broken. `issuedAt`: when it is or was signed; of an old certificate, its notBefore is the best guess.
 * `isPrivate`: of a CA that the public does not trust, and that nobody holds to the Baseline Requirements.
 */
export function lint(certificate: Certificate, issuedAt: Instant, isPrivate = false): Problem[] {
  const binding = LINTS.filter(({ effectiveFrom, publicOnly }) => issuedAt >= effectiveFrom && !(isPrivate && publicOnly));
  return binding.flatMap(({ id, source, check }) => {
    const detail = check(certificate, issuedAt);
    return detail === undefined ? [] : problem('LINT_FAILED', { lint: id, detail, source });
  });
}
