/** Half a year at least, so that a browser has not forgotten it at the next visit (SSL Labs; a year for the preload list). */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';
import { readHsts } from './hsts-header.js';

const HALF_A_YEAR = 15_552_000;

export const hstsShort: Rule = (c) =>
  reportPlaces(c, 'HSTS_SHORT', { severity: 'NOTE', whoActs: 'CUSTOMER' }, ({ http }) => {
    const header = http?.overTls?.ok ? http.overTls.value.hsts[0] : undefined;
    const read = header === undefined ? undefined : readHsts(header);
    return read && 'maxAge' in read && read.maxAge > 0 && read.maxAge < HALF_A_YEAR ? { maxAge: read.maxAge } : undefined;
  });
