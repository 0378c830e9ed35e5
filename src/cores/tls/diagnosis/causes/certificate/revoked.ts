/** The CA has taken back the certificate, or one that its chain needs (RFC 5280 5, RFC 6960). */
import { subjectOf } from '../../../../pki/path/checks.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';

export const revoked: Rule = (c) =>
  c.shown.flatMap(({ leaf, sent, path, where }) => {
    if (c.revoked.has(leaf.fingerprint)) {
      const evidence = { subject: subjectOf(leaf), issuer: leaf.issuer, fingerprint: leaf.fingerprint, part: 'certificate' };
      return report(c, 'REVOKED', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'REISSUE') });
    }
    const needed = path.ok ? path.value.chain.slice(1, -1) : sent.slice(1);
    const taken = needed.find(({ fingerprint }) => c.revoked.has(fingerprint));
    if (taken === undefined) return [];
    const evidence = { subject: subjectOf(taken), issuer: taken.issuer, fingerprint: taken.fingerprint, part: 'intermediate certificate' };
    return report(c, 'REVOKED', { severity: 'BROKEN', whoActs: 'CA', where, evidence });
  });
