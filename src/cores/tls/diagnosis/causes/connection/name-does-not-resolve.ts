/** DNS says for certain that the name has no address. */
import type { Rule } from '../../case.js';
import { report } from '../../report.js';

export const nameDoesNotResolve: Rule = (c) => {
  const { addresses } = c.check;
  if (addresses.ok || addresses.problem.code !== 'NAME_DOES_NOT_RESOLVE') return [];
  return [report(c, 'NAME_DOES_NOT_RESOLVE', { severity: 'BROKEN', whoActs: 'CUSTOMER', where: [] })];
};
