/** The chain leads to an authority that is not in the trust store. */
import type { Problem } from '../../../../../values/problems/problem.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';
import { isSelfSigned } from './self-signed.js';

export const untrustedCa: Rule = (c) =>
  c.shown.flatMap(({ leaf, path, completed, where }) => {
    if (path.ok || completed.ok || isSelfSigned(leaf)) return [];
    const root = untrustedRoot(completed.problem) ?? untrustedRoot(path.problem);
    if (root === undefined) return [];
    const evidence = { root, issuer: leaf.issuer, fingerprint: leaf.fingerprint };
    return report(c, 'UNTRUSTED_CA', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'REISSUE') });
  });

const untrustedRoot = ({ code, facts }: Problem): string | undefined =>
  code === 'CHAIN_UNTRUSTED' ? String(facts['root'] ?? 'an unknown authority') : undefined;
