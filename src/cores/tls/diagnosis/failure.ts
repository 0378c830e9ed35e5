/** Why the handshake of a browser came to nothing at one place, in the words that causes are told by. */
import type { Problem } from '../../../values/problems/problem.js';
import type { AddressCheck } from '../check/site-check.js';
import { TLS12 } from '../registry/versions.js';
import type { Place } from './case.js';

export const failureCode = ({ baseline }: AddressCheck): Problem['code'] | undefined => baseline.failure?.code;

/** The name of the alert that ended it. */
export function alertOf({ baseline: { failure } }: AddressCheck): string | undefined {
  return failure?.code === 'TLS_ALERT' ? String(failure.facts['alert']) : undefined;
}

/** Versions that the server answered to when they were asked for alone. */
export const supportedVersions = ({ versions }: AddressCheck): number[] =>
  versions.flatMap(({ version, supported }) => (supported.ok && supported.value ? version : []));

/** Does a client that names no site get on, where one that names it does not? Then the name is what the server dislikes. */
export const nameIsDisliked = ({ nameLeftOut, baseline }: AddressCheck): boolean => baseline.failure !== undefined && nameLeftOut === true;

/** Said by the server or by the network before it. Everything else (no way from here, not allowed, no budget left) leaves the question open. */
export const failureIsAnswer = (place: AddressCheck): boolean => ANSWERS.has(failureCode(place) ?? '');
const ANSWERS: ReadonlySet<string> = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMED_OUT',
  'STARTTLS_REFUSED',
  'TLS_ALERT',
  'TLS_PROTOCOL_ERROR',
]);

export const answersAnywhere = (places: readonly AddressCheck[], except: Place): boolean =>
  places.some((place) => place.address !== except.address && place.baseline.failure === undefined);

/** Of a TLS_PROTOCOL_ERROR: what the answer was instead (`ClientFailure`), and a few words on it. */
export function protocolFailure({ baseline: { failure } }: AddressCheck): ProtocolFailure | undefined {
  if (failure?.code !== 'TLS_PROTOCOL_ERROR') return undefined;
  const { kind = 'MALFORMED', detail = '', greeting = '', forged = '', tooLong = '' } = failure.facts;
  return { kind: String(kind), detail: String(detail), greeting: String(greeting), forged: String(forged), tooLong: String(tooLong) };
}
type ProtocolFailure = Readonly<Record<'kind' | 'detail' | 'greeting' | 'forged' | 'tooLong', string>>;

/** Of TLS 1.2 and 1.3, whatever browsers have of it or not. */
export const modernSuites = ({ versions }: AddressCheck): string[] =>
  versions.flatMap(({ version, suites }) => (version >= TLS12 && suites?.ok ? suites.value.names : []));

/** Something that browsers offer as well, when it was offered alone. */
export const hasSuiteOfBrowsers = (place: AddressCheck): boolean => modernSuites(place).some((suite) => OF_BROWSERS.has(suite));

/** What Chrome, Firefox and Safari of 2026 offer. */
const OF_BROWSERS: ReadonlySet<string> = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
]);

/** Did it answer to none of our hellos as a browser makes them, though it has what a browser needs, and nothing else stands against it? */
export const dislikesTheHello = (place: AddressCheck): boolean => {
  const code = failureCode(place);
  const answered = code === 'TLS_ALERT' || code === 'CONNECTION_CLOSED' || code === 'CONNECTION_TIMED_OUT';
  const demands = place.clientCertificate?.ok === true && place.clientCertificate.value === 'REQUIRED';
  return answered && hasSuiteOfBrowsers(place) && !demands && alertOf(place) !== 'unrecognized_name';
};
