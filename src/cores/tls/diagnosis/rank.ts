/** Many findings, few stories: what a stronger cause explains is told with it, and the strongest comes first. */
import { CAUSES, type Cause, type Diagnosis, type Severity } from './diagnosis.js';

const SEVERITIES: readonly Severity[] = ['BROKEN', 'WEAK', 'UNKNOWN', 'NOTE'];

/** What is wrong with a certificate says nothing more where it is not the site's own. */
const OF_THE_CERTIFICATE: readonly Cause[] = [
  'SELF_SIGNED',
  'HOSTNAME_MISMATCH',
  'REVOKED',
  'EXPIRED',
  'NOT_YET_VALID',
  'WEAK_KEY',
  'WEAK_SIGNATURE',
  'UNTRUSTED_CA',
  'CERTIFICATE_UNUSABLE',
  'CHAIN_INCOMPLETE',
  'CHAIN_OUT_OF_ORDER',
  'NOT_LOGGED',
  'TIMESTAMPS_WRONG',
  'STAPLE_WRONG',
  'EXPIRES_SOON',
];
const OF_NO_HANDSHAKE: readonly Cause[] = [
  'HANDSHAKE_REFUSED',
  'CONNECTION_RESET',
  'CONNECTION_TIMED_OUT',
  'NOT_TLS',
  'HANDSHAKE_TOO_LONG',
];
const OF_THE_POLICY: readonly Cause[] = [
  'WEAK_CIPHER_SUITE',
  'COMPRESSION',
  'RENEGOTIATION_INSECURE',
  'WEAK_PROTOCOL',
  'SMALL_DH_GROUP',
  'NO_FORWARD_SECRECY',
  'WEAK_HANDSHAKE_SIGNATURE',
  'FALLBACK_NOT_REFUSED',
  'NO_TLS13',
];
const OF_THE_SERVER: readonly Cause[] = [
  'CONNECTION_REFUSED',
  'PLAIN_HTTP_ON_TLS_PORT',
  'OTHER_PROTOCOL',
  'NAME_UNKNOWN',
  'CLIENT_CERTIFICATE_DEMANDED',
  'PROTOCOL_MISMATCH',
  'CIPHER_MISMATCH',
  'KEY_MISMATCH',
  'HANDSHAKE_ALTERED',
  ...OF_NO_HANDSHAKE,
];

/** Strongest first; each with the weaker causes that it explains at the same places. */
const STRENGTH: readonly (readonly [Cause, readonly Cause[]])[] = [
  ['NAME_DOES_NOT_RESOLVE', []],
  ['OUR_CLOCK_WRONG', ['NOT_YET_VALID', 'SERVER_CLOCK_WRONG', 'STAPLE_WRONG', 'TIMESTAMPS_WRONG']],
  ['INTERCEPTED', ['ADDRESSES_DIFFER', 'WRONG_CERTIFICATE', ...OF_THE_CERTIFICATE]],
  ['ANOTHER_TENANTS_CERTIFICATE', ['SNI_IGNORED', 'SNI_MISSING', 'ADDRESSES_DIFFER', 'WRONG_CERTIFICATE', ...OF_THE_CERTIFICATE]],
  ['ADDRESSES_DIFFER', ['SNI_IGNORED', 'WRONG_CERTIFICATE', 'NO_TLS13', ...OF_THE_SERVER, ...OF_THE_CERTIFICATE]],
  ['CONNECTION_REFUSED', []],
  ['PLAIN_HTTP_ON_TLS_PORT', ['NOT_TLS']],
  ['OTHER_PROTOCOL', ['NOT_TLS']],
  ['STARTTLS_REFUSED', OF_NO_HANDSHAKE],
  ['CLIENT_CERTIFICATE_DEMANDED', [...OF_NO_HANDSHAKE, 'CIPHER_MISMATCH']],
  ['NAME_UNKNOWN', [...OF_NO_HANDSHAKE, 'CIPHER_MISMATCH', ...OF_THE_CERTIFICATE]],
  ['SNI_MISSING', [...OF_NO_HANDSHAKE, 'CIPHER_MISMATCH']],
  ['PROTOCOL_MISMATCH', [...OF_NO_HANDSHAKE, 'CIPHER_MISMATCH', 'VERSION_INTOLERANT', ...OF_THE_POLICY]],
  ['CIPHER_MISMATCH', [...OF_NO_HANDSHAKE, ...OF_THE_POLICY]],
  ['EXTENSION_INTOLERANT', [...OF_NO_HANDSHAKE, 'GREASE_INTOLERANT']],
  ['VERSION_INTOLERANT', [...OF_NO_HANDSHAKE, 'GREASE_INTOLERANT', 'NO_TLS13']],
  ['GREASE_INTOLERANT', OF_NO_HANDSHAKE],
  ['LONG_HELLO_INTOLERANT', OF_NO_HANDSHAKE],
  ['KEY_MISMATCH', ['NOT_TLS']],
  ['HANDSHAKE_ALTERED', ['NOT_TLS']],
  ['SNI_IGNORED', ['WRONG_CERTIFICATE', ...OF_THE_CERTIFICATE]],
  ['WRONG_CERTIFICATE', OF_THE_CERTIFICATE],
  ...OF_THE_CERTIFICATE.map((cause) => [cause, explainedByCertificate(cause)] as const),
  ...OF_NO_HANDSHAKE.map((cause) => [cause, []] as const),
  ['SERVER_CLOCK_WRONG', ['STAPLE_WRONG']],
  ...OF_THE_POLICY.map((cause) => [cause, cause === 'WEAK_PROTOCOL' ? ['FALLBACK_NOT_REFUSED' as const] : []] as const),
];

/** A new certificate mends all that is wrong with the old one; how the server sends it stays as it is. */
function explainedByCertificate(cause: Cause): readonly Cause[] {
  switch (cause) {
    case 'SELF_SIGNED':
    case 'HOSTNAME_MISMATCH':
      return OF_THE_CERTIFICATE.slice(OF_THE_CERTIFICATE.indexOf(cause) + 1);
    case 'REVOKED':
    case 'EXPIRED':
      return ['WEAK_KEY', 'WEAK_SIGNATURE', 'CERTIFICATE_UNUSABLE', 'TIMESTAMPS_WRONG', 'STAPLE_WRONG', 'EXPIRES_SOON'];
    case 'WEAK_KEY':
    case 'WEAK_SIGNATURE':
      return ['CERTIFICATE_UNUSABLE', 'EXPIRES_SOON'];
    case 'UNTRUSTED_CA':
      return ['CERTIFICATE_UNUSABLE', 'NOT_LOGGED', 'TIMESTAMPS_WRONG'];
    default:
      return [];
  }
}

const ORDER: readonly Cause[] = [...new Set([...STRENGTH.map(([cause]) => cause), ...CAUSES])];
const EXPLAINS: ReadonlyMap<Cause, readonly Cause[]> = new Map(STRENGTH);

export function rank(found: readonly Diagnosis[]): readonly Diagnosis[] {
  const stories: Diagnosis[] = [];
  for (const diagnosis of found.toSorted(byStrength)) {
    const left = withoutExplained(diagnosis, stories);
    if (left !== undefined) stories.push(left);
  }
  return stories.toSorted((a, b) => worse(a, b) || byStrength(a, b));
}

const worse = (a: Diagnosis, b: Diagnosis): number => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);

const byStrength = (a: Diagnosis, b: Diagnosis): number => ORDER.indexOf(a.cause) - ORDER.indexOf(b.cause);

/** What is left of it where stronger ones explain it at some of its places, or nothing; those that do take its name. */
function withoutExplained(weaker: Diagnosis, stories: Diagnosis[]): Diagnosis | undefined {
  let where = weaker.where;
  for (const [i, stronger] of stories.entries()) {
    if (!EXPLAINS.get(stronger.cause)?.includes(weaker.cause) || !sameStory(stronger, weaker)) continue;
    // A note never hides what turns visitors away. Where nothing could be known, though, what seemed so is not told.
    if (stronger.severity !== 'UNKNOWN' && worse(weaker, stronger) < 0) continue;
    const rest = where.filter((place) => !isAmong(place, stronger.where));
    if (rest.length === where.length) continue;
    where = rest;
    stories[i] = {
      ...stronger,
      alsoSeen: [...new Set([...stronger.alsoSeen, weaker.cause, ...weaker.alsoSeen])].filter((cause) => cause !== stronger.cause),
    };
  }
  if (where.length === 0 && weaker.where.length > 0) return undefined;
  return { ...weaker, where };
}

type Where = Diagnosis['where'];
const isAmong = (place: Where[number], places: Where): boolean =>
  places.some(({ address, port }) => address === place.address && port === place.port);

/** Of a server with two certificates each has its own. */
function sameStory(stronger: Diagnosis, weaker: Diagnosis): boolean {
  const one = stronger.evidence['fingerprint'] ?? stronger.evidence['shown'];
  const other = weaker.evidence['fingerprint'] ?? weaker.evidence['shown'];
  return one === undefined || other === undefined || one === other;
}
