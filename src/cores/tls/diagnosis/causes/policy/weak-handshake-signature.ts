/**
 * In TLS 1.2 the server signs its key exchange with a hash that both sides agree on; with MD5 or SHA-1 the signature may have been given to something
 * else (RFC 9155, SLOTH). The versions before know nothing better, and are told for that (WEAK_PROTOCOL).
 */
import type { AddressCheck } from '../../../check/site-check.js';
import { TLS12, TLS13 } from '../../../registry/versions.js';
import type { Rule } from '../../case.js';
import { listed, reportPlaces } from '../../report.js';

export const weakHandshakeSignature: Rule = (c) => [
  // Chrome and Safari offer neither: who has nothing else does not get on with them.
  ...reportPlaces(c, 'WEAK_HANDSHAKE_SIGNATURE', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) =>
    hasNothingElse(place) ? factsOf(place, 'signs only with') : undefined,
  ),
  ...reportPlaces(c, 'WEAK_HANDSHAKE_SIGNATURE', { severity: 'WEAK', whoActs: 'ADMIN' }, (place) =>
    hasNothingElse(place) ? undefined : factsOf(place, 'still signs with'),
  ),
];

const schemesOf = ({ signatureAlgorithms = [] }: AddressCheck): readonly string[] =>
  signatureAlgorithms.flatMap(({ version, names }) => (version === TLS12 && names.ok ? names.value : []));
const isWeak = (scheme: string): boolean => /_(md5|sha1)$/.test(scheme);

function factsOf(place: AddressCheck, how: string): { how: string; algorithms: string } | undefined {
  const weak = schemesOf(place).filter(isWeak);
  return weak.length === 0 ? undefined : { how, algorithms: listed(weak) };
}

/** Neither a better hash, nor TLS 1.3, nor a suite in which nothing is signed. */
function hasNothingElse(place: AddressCheck): boolean {
  const schemes = schemesOf(place);
  const unsigned = place.versions.some(
    ({ version, suites }) => version === TLS12 && (!suites?.ok || suites.value.names.some((suite) => suite.startsWith('TLS_RSA_'))),
  );
  const mayHaveTls13 = place.versions.some(({ version, supported }) => version === TLS13 && (!supported.ok || supported.value));
  return schemes.length > 0 && schemes.every(isWeak) && !unsigned && !mayHaveTls13;
}
