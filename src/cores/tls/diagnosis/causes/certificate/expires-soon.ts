/** Whoever renews in time does so at a third of the life that is left; a year's certificate leaves no more than two weeks of it. */
import { days, daysUntil, since, toIso, type Duration } from '../../../../../values/instant.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';

const LATEST = days(14);

export const expiresSoon: Rule = (c) =>
  c.shown.flatMap(({ leaf, where }) => {
    const left = since(c.now, leaf.notAfter);
    const life = since(leaf.notBefore, leaf.notAfter);
    if (left < 0 || left >= Math.min(LATEST, (life / 3) as Duration)) return [];
    const evidence = {
      notAfter: toIso(leaf.notAfter),
      daysLeft: Math.floor(daysUntil(leaf.notAfter, c.now)),
      fingerprint: leaf.fingerprint,
    };
    return report(c, 'EXPIRES_SOON', { severity: 'WEAK', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'REISSUE') });
  });
