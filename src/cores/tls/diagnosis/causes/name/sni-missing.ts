/** A client that names no site (RFC 6066 3) is turned away, or is shown something else than the neutral certificate that is kept for it. */
import type { AddressCheck } from '../../../check/site-check.js';
import type { Case, Rule } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { report, reportPlaces } from '../../report.js';
import { leafOf } from './another-tenants-certificate.js';

export const sniMissing: Rule = (c) => (c.check.name === undefined ? turnedAway(c) : notNeutral(c));

const turnedAway = (c: Case): Diagnosis[] =>
  reportPlaces(c, 'SNI_MISSING', { severity: 'BROKEN', whoActs: 'CUSTOMER' }, ({ baseline }) =>
    baseline.failure?.code === 'TLS_ALERT' && NAMELESS.has(String(baseline.failure.facts['alert']))
      ? { answer: `the alert ${String(baseline.failure.facts['alert'])}` }
      : undefined,
  );
/** What servers say to a hello without a name that they can do nothing with. */
const NAMELESS: ReadonlySet<string> = new Set([
  'unrecognized_name',
  'handshake_failure',
  'internal_error',
  'missing_extension',
  'access_denied',
]);

function notNeutral(c: Case): Diagnosis[] {
  const neutral = c.ours?.defaultCertificate;
  if (neutral === undefined) return [];
  const where = c.places.filter((place) => isOurs(c, place) && others(c, place).some((shown) => shown !== neutral));
  if (where.length === 0) return [];
  const evidence = { answer: 'a certificate that is not the neutral one', expected: neutral, shown: others(c, where[0]!).join(', ') };
  return [report(c, 'SNI_MISSING', { severity: 'WEAK', whoActs: 'ADMIN', where, evidence, repair: 'RESTORE_DEFAULT' })];
}

/** Wherever the bound certificate is not shown, somebody else may answer: what a CDN shows to nobody is its own business. */
const isOurs = (c: Case, { address, port }: AddressCheck): boolean =>
  c.shown.some(
    ({ leaf, where }) => leaf.fingerprint === c.ours?.expected && where.some((at) => at.address === address && at.port === port),
  );

/** Fingerprints. Those of other tenants are told as such. */
const others = (c: Case, { withoutName }: AddressCheck): string[] =>
  (withoutName?.ok ? leafOf(withoutName.value) : []).map(({ fingerprint }) => fingerprint).filter((one) => !c.ours?.otherTenants.has(one));
