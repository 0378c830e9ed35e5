/** The length of what was compressed tells what is in it (CRIME, CVE-2012-4929; RFC 9325 3.3). */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const compression: Rule = (c) =>
  reportPlaces(c, 'COMPRESSION', { severity: 'WEAK', whoActs: 'ADMIN' }, (place) =>
    place.compression?.ok && place.compression.value ? {} : undefined,
  );
