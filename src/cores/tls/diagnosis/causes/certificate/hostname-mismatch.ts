/**
 * The certificate is for other names (RFC 9525 6). From outside it looks the same whether the server does not know the name or was given
 * a certificate without it; that every name is shown the same one is told as well.
 */
import type { Case, Rule, ShownChain } from '../../case.js';
import type { Diagnosis, Repair, WhoActs } from '../../diagnosis.js';
import { coversName, listed, report } from '../../report.js';
import { shownToEveryName } from '../name/shown-to-every-name.js';

export const hostnameMismatch: Rule = (c) =>
  c.shown.flatMap((chain): Diagnosis[] => {
    if (coversName(c, chain.leaf)) return [];
    const { leaf, where } = chain;
    const evidence = { covered: listed(leaf.names) || 'no host name', fingerprint: leaf.fingerprint, issuer: leaf.issuer };
    const found = report(c, 'HOSTNAME_MISMATCH', { severity: 'BROKEN', where, evidence, ...whoMends(c, chain) });
    return [shownToEveryName(c, chain) ? { ...found, alsoSeen: ['SNI_IGNORED'] } : found];
  });

/** A certificate that none of our servers has is shown by a server of somebody else's: the name leads there, and its owner can change that. */
function whoMends({ ours }: Case, { leaf: { fingerprint } }: ShownChain): { whoActs: WhoActs; repair?: Repair } {
  if (ours === undefined) return { whoActs: 'ADMIN' };
  if (ours.expected === fingerprint) return { whoActs: 'ADMIN', repair: 'REISSUE' };
  const isOurs = fingerprint === ours.defaultCertificate || ours.installed === undefined || ours.installed.includes(fingerprint);
  if (!isOurs) return { whoActs: 'CUSTOMER' };
  return { whoActs: 'ADMIN', repair: ours.expected === undefined ? 'REISSUE' : 'REBIND' };
}
