/**
 * The answer of the CA that the server brings with the certificate (RFC 6066 8) does not hold: too old, about another one, signed by nobody
 * who may. Or it brings none, though its certificate says that it always will (RFC 7633), and Firefox insists.
 */
import type { Case, Rule, ShownChain } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { report } from '../../report.js';

export const stapleWrong: Rule = (c) => c.shown.flatMap((chain) => [...useless(c, chain), ...missing(c, chain)]);

function useless(c: Case, { leaf, issuer, staples, where }: ShownChain): Diagnosis[] {
  const [said] = staples.flatMap(({ says }) => (says.kind === 'UNKNOWN' ? says : []));
  // Without the issuer nobody can tell, and that it is missing is told already.
  if (said === undefined || issuer === undefined) return [];
  const evidence = { detail: said.why, issuer: leaf.issuer, fingerprint: leaf.fingerprint };
  return [report(c, 'STAPLE_WRONG', { severity: 'WEAK', whoActs: 'ADMIN', where, evidence })];
}

function missing(c: Case, { leaf, staples, where }: ShownChain): Diagnosis[] {
  const isLeaf = (der: Uint8Array | undefined) => der !== undefined && Buffer.compare(der, leaf.der) === 0;
  const wasAskedFor = c.places.some(({ certificates }) => certificates.some(({ chain }) => isLeaf(chain[0])));
  if (!wasAskedFor || staples.length > 0 || !Buffer.from(leaf.der).includes(MUST_STAPLE)) return [];
  const evidence = { detail: 'none was sent, though the certificate promises one', issuer: leaf.issuer, fingerprint: leaf.fingerprint };
  return [report(c, 'STAPLE_WRONG', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence })];
}
/** The extension of RFC 7633 4 with status_request alone in its list, not critical, as it stands in DER. */
const MUST_STAPLE = Buffer.from('06082b0601050507011804053003020105', 'hex');
