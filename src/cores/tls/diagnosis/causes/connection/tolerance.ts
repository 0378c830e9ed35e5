/** A server has to pass over what it does not know (RFC 8446 4.1.2, RFC 8701). What stumbles is often a device in front of it. */
import type { AddressCheck, Tolerance } from '../../../check/site-check.js';
import type { Case } from '../../case.js';
import type { Cause, Diagnosis } from '../../diagnosis.js';
import { reportPlaces } from '../../report.js';

/** `inUse`: browsers of today send such a hello, so it is their visitors who are turned away. */
export function intolerance(c: Case, cause: Cause, tolerance: Tolerance, { inUse, hello }: { inUse: boolean; hello: string }): Diagnosis[] {
  const at = (broken: boolean) => (place: AddressCheck) => {
    const answer = place.tolerates[tolerance];
    if (!answer?.ok || answer.value) return undefined;
    return broken === (inUse || place.baseline.failure !== undefined) ? { hello } : undefined;
  };
  return [
    ...reportPlaces(c, cause, { severity: 'BROKEN', whoActs: 'ADMIN' }, at(true)),
    ...reportPlaces(c, cause, { severity: 'WEAK', whoActs: 'ADMIN' }, at(false)),
  ];
}
