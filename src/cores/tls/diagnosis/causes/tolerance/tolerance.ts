/** A server has to pass over what it does not know (RFC 8446 4.1.2, RFC 8701). What stumbles is often a device in front of it. */
import type { AddressCheck, Tolerance } from '../../../check/site-check.js';
import type { Case } from '../../case.js';
import type { Cause, Diagnosis } from '../../diagnosis.js';
import { reportPlaces } from '../../report.js';

/** `hello` says what is in it. BROKEN where the hello of a browser of today already fails, or `inUse` says that others send such a one. */
export function intolerance(
  c: Case,
  cause: Cause,
  hello: string,
  stumbles: (place: AddressCheck) => boolean,
  inUse: (place: AddressCheck) => boolean = () => false,
): Diagnosis[] {
  const at = (broken: boolean) => (place: AddressCheck) =>
    stumbles(place) && broken === (place.baseline.failure !== undefined || inUse(place)) ? { hello } : undefined;
  return [
    ...reportPlaces(c, cause, { severity: 'BROKEN', whoActs: 'ADMIN' }, at(true)),
    ...reportPlaces(c, cause, { severity: 'WEAK', whoActs: 'ADMIN' }, at(false)),
  ];
}

export const refuses =
  (tolerance: Tolerance) =>
  ({ tolerates }: AddressCheck): boolean =>
    tolerates[tolerance]?.ok === true && !tolerates[tolerance].value;
