/** A finite field below 2048 bits can be computed by who can pay for it, once for all connections with it (Logjam; RFC 9325 4.5). */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const smallDhGroup: Rule = (c) =>
  reportPlaces(c, 'SMALL_DH_GROUP', { severity: 'WEAK', whoActs: 'ADMIN' }, ({ versions }) => {
    const sizes = versions.flatMap(({ suites }) => (suites?.ok ? (suites.value.finiteFieldBits ?? []) : []));
    const smallest = Math.min(...sizes);
    return smallest < 2048 ? { bits: smallest } : undefined;
  });
