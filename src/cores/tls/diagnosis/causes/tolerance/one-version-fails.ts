/**
 * Browsers get in, and whoever speaks one of the two versions of today alone does not: asked for it, the server chooses it, and then comes to no
 * end, or signs with another key than its certificate's. Told by the cause that it would have if browsers met it; weaker, as most get in.
 */
import type { Problem } from '../../../../../values/problems/problem.js';
import type { AddressCheck } from '../../../check/site-check.js';
import { protocolName, TLS12, versionName } from '../../../registry/versions.js';
import type { Case, Rule } from '../../case.js';
import type { Cause, Diagnosis, Severity } from '../../diagnosis.js';
import { supportedVersions } from '../../failure.js';
import { ifOurs, report } from '../../report.js';

export const oneVersionFails: Rule = (c) =>
  c.places.flatMap((place) => {
    if (place.baseline.failure !== undefined) return [];
    const failure = place.handshakes.flatMap((observation) => observation.failure ?? [])[0];
    const version = unfinished(place);
    return failure === undefined || version === undefined ? [] : tellIt(c, place, versionName(version), failure);
  });

/** Of TLS 1.2 and 1.3 the one that it has, and in which no handshake was completed. */
function unfinished(place: AddressCheck): number | undefined {
  const completed = place.handshakes.flatMap(({ session }) => session?.protocol ?? []);
  return supportedVersions(place).find((version) => version >= TLS12 && !completed.includes(protocolName(version)));
}

function tellIt(c: Case, place: AddressCheck, version: string, { code, facts }: Problem): Diagnosis[] {
  const { port } = place;
  const detail = `in ${version}: ${String(facts['detail'] ?? 'it says no more')}`;
  const found = (cause: Cause, severity: Severity, evidence: Diagnosis['evidence'], repair?: Diagnosis['repair']): Diagnosis[] => [
    report(c, cause, { severity, whoActs: 'ADMIN', where: [place], evidence, repair }),
  ];
  switch (code) {
    case 'TLS_PROTOCOL_ERROR':
      // Somebody who has not the key, or changes what is said, is no matter of how many clients meet them.
      if (facts['forged'] === 'SIGNATURE') return found('KEY_MISMATCH', 'BROKEN', { detail }, ifOurs(c, 'REINSTALL'));
      if (facts['kind'] === 'FORGED') return found('HANDSHAKE_ALTERED', 'BROKEN', { detail });
      // A suite or group that we have not is no fault of the server's.
      return facts['kind'] === 'NOT_COMPLETABLE' ? [] : found('NOT_TLS', 'WEAK', { port, detail });
    case 'TLS_ALERT':
      return found('HANDSHAKE_REFUSED', 'WEAK', {
        alert: String(facts['alert']),
        meaning: `it chose ${version}, and did not go on with it`,
      });
    case 'CONNECTION_CLOSED':
      return found('CONNECTION_RESET', 'WEAK', { detail });
    case 'CONNECTION_TIMED_OUT': {
      const after = `it chose ${version}, and the handshake in it came to no end`;
      return found('CONNECTION_TIMED_OUT', 'WEAK', { port, limit: Number(facts['limit'] ?? 0), after });
    }
    default:
      return [];
  }
}
