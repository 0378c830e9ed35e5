/** Data in the first flight can be played again by who recorded it (RFC 8446 8, RFC 8470). */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const earlyData: Rule = (c) =>
  reportPlaces(c, 'EARLY_DATA', { severity: 'NOTE', whoActs: 'ADMIN' }, (place) =>
    place.earlyData?.ok && place.earlyData.value ? {} : undefined,
  );
