/** No client may accept it, for a reason that has no cause of its own: its purpose, a constraint of its CA, bytes that cannot be read. */
import { messageOf } from '../../../../../values/problems/catalogue.js';
import type { Problem } from '../../../../../values/problems/problem.js';
import type { Case, Place, Rule } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { ifOurs, report } from '../../report.js';
import { isIncomplete } from './chain-incomplete.js';

export const certificateUnusable: Rule = (c) => [
  ...c.unreadable.map(({ where, problem }) => unusable(c, where, problem)),
  ...c.shown.flatMap((chain) => {
    if (chain.path.ok || TOLD_ELSEWHERE.includes(chain.path.problem.code) || isIncomplete(chain)) return [];
    return unusable(c, chain.where, chain.path.problem, chain.leaf.fingerprint);
  }),
];

const unusable = (c: Case, where: readonly Place[], cause: Problem, fingerprint?: string): Diagnosis => {
  const evidence = { reason: messageOf(cause), code: cause.code, ...(fingerprint !== undefined && { fingerprint }) };
  return report(c, 'CERTIFICATE_UNUSABLE', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'REISSUE') });
};

const TOLD_ELSEWHERE: readonly Problem['code'][] = [
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_NOT_YET_VALID',
  'CHAIN_MISSING_INTERMEDIATE',
  'CHAIN_UNTRUSTED',
];
