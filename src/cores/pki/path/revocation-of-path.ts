/** Revocation along a path, from lists that the caller has. A list that is there and of no use is no reason to believe. */
import type { Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Certificate } from '../certificate.js';
import type { Crl } from '../revocation/crl.js';
import { crlStatus, isListOf } from '../revocation/crl-status.js';
import { unknown, type RevocationStatus } from '../revocation/revocation-status.js';
import type { Budget } from './budget.js';
import { subjectOf } from './checks.js';

/** `chain`: leaf first, root last. CERTIFICATE_REVOKED, REVOCATION_UNKNOWN, PATH_TOO_COSTLY. */
export function revocationFailure(chain: readonly Certificate[], crls: readonly Crl[], now: Instant, budget: Budget): Problem | undefined {
  for (const [i, certificate] of chain.slice(0, -1).entries()) {
    const issuer = chain[i + 1] as Certificate;
    const lists = crls.filter((crl) => isListOf(crl, issuer));
    // Nobody brought the list of this CA; of the leaf it has to be known.
    if (lists.length === 0 && i > 0) continue;
    let status: RevocationStatus = unknown('there is no list of its issuer');
    for (const crl of lists) {
      const broke = budget.spend('signatures');
      if (broke) return broke;
      status = worse(status, crlStatus(crl, certificate, issuer, now));
    }
    const subject = subjectOf(certificate);
    if (status.kind === 'REVOKED') return problem('CERTIFICATE_REVOKED', {}, { subject });
    if (status.kind === 'UNKNOWN') return problem('REVOCATION_UNKNOWN', { detail: status.why }, { subject });
  }
  return undefined;
}

/** What says more: revoked is for ever, and one good list is enough where others say nothing. */
const worse = (one: RevocationStatus, other: RevocationStatus): RevocationStatus =>
  one.kind === 'REVOKED' || (one.kind === 'GOOD' && other.kind === 'UNKNOWN') ? one : other;
