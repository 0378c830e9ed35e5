/** Why the handshake of a browser came to nothing at one place, in the words that causes are told by. */
import type { AddressCheck } from '../check/site-check.js';
import type { Place } from './case.js';
import type { Problem } from '../../../values/problems/problem.js';

export const failureCode = ({ baseline }: AddressCheck): Problem['code'] | undefined => baseline.failure?.code;

/** The name of the alert that ended it. */
export function alertOf({ baseline: { failure } }: AddressCheck): string | undefined {
  return failure?.code === 'TLS_ALERT' ? String(failure.facts['alert']) : undefined;
}

/** Versions that the server answered to when they were asked for alone. */
export const supportedVersions = ({ versions }: AddressCheck): number[] =>
  versions.flatMap(({ version, supported }) => (supported.ok && supported.value ? version : []));

/** Does a client that names no site get on, where one that names it does not? Then the name is what the server dislikes. */
export const nameIsDisliked = ({ withoutName, baseline }: AddressCheck): boolean =>
  baseline.failure !== undefined && withoutName?.ok === true && withoutName.value.kind === 'CERTIFICATE';

export const answersAnywhere = (places: readonly AddressCheck[], except: Place): boolean =>
  places.some((place) => place.address !== except.address && place.baseline.failure === undefined);

/** Of a TLS_PROTOCOL_ERROR: what the answer was instead (`ClientFailure`), and a few words on it. */
export function protocolFailure({ baseline: { failure } }: AddressCheck): { kind: string; detail: string } | undefined {
  if (failure?.code !== 'TLS_PROTOCOL_ERROR') return undefined;
  return { kind: String(failure.facts['kind'] ?? 'MALFORMED'), detail: String(failure.facts['detail'] ?? '') };
}
