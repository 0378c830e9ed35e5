/** The certificate, or an intermediate that its chain needs, has ended (RFC 5280 4.1.2.5). */
import { days, since, toIso } from '../../../../../values/instant.js';
import { validAt } from '../../../../pki/path/checks.js';
import type { Case, Rule, ShownChain } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { ifOurs, report } from '../../report.js';

export const expired: Rule = (c) => c.shown.flatMap((chain) => (hasEnded(c, chain) ? ofLeaf(c, chain) : ofChain(c, chain)));

const hasEnded = (c: Case, { leaf }: ShownChain): boolean => validAt(leaf, c.now)?.code === 'CERTIFICATE_EXPIRED';

function ofLeaf(c: Case, { leaf, where }: ShownChain): Diagnosis[] {
  const evidence = {
    notAfter: toIso(leaf.notAfter),
    daysAgo: Math.floor(since(leaf.notAfter, c.now) / days(1)),
    issuer: leaf.issuer,
    fingerprint: leaf.fingerprint,
    part: 'certificate',
  };
  return [report(c, 'EXPIRED', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'REISSUE') })];
}

/** With an issuer that still holds the server only has to send that one; without, the CA has to name another. */
function ofChain(c: Case, { path, completed, where }: ShownChain): Diagnosis[] {
  if (path.ok || path.problem.code !== 'CERTIFICATE_EXPIRED') return [];
  const { subject = '', notAfter = '' } = path.problem.facts;
  const evidence = { notAfter: String(notAfter), subject: String(subject), part: 'intermediate certificate' };
  const mendable = completed.ok ? ifOurs(c, 'COMPLETE_CHAIN') : undefined;
  return [report(c, 'EXPIRED', { severity: 'BROKEN', whoActs: completed.ok ? 'ADMIN' : 'CA', where, evidence, repair: mendable })];
}
