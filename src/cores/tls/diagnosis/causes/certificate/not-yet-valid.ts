/** The certificate, or an intermediate of its chain, holds later only (RFC 5280 4.1.2.5). */
import { toIso } from '../../../../../values/instant.js';
import { validAt } from '../../../../pki/path/checks.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';

export const notYetValid: Rule = (c) =>
  c.shown.flatMap(({ leaf, path, where }) => {
    const ofLeaf = validAt(leaf, c.now)?.code;
    if (ofLeaf === 'CERTIFICATE_NOT_YET_VALID') {
      const evidence = { notBefore: toIso(leaf.notBefore), issuer: leaf.issuer, fingerprint: leaf.fingerprint, part: 'certificate' };
      return report(c, 'NOT_YET_VALID', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'REISSUE') });
    }
    if (ofLeaf !== undefined || path.ok || path.problem.code !== 'CERTIFICATE_NOT_YET_VALID') return [];
    const { subject = '', notBefore = '' } = path.problem.facts;
    const evidence = { notBefore: String(notBefore), subject: String(subject), part: 'intermediate certificate' };
    return report(c, 'NOT_YET_VALID', { severity: 'BROKEN', whoActs: 'CA', where, evidence });
  });
