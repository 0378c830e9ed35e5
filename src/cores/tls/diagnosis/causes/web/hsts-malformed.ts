/** A header that browsers throw away (RFC 6797 6.1), or more than one, of which the first alone counts (8.1). */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';
import { readHsts } from './hsts-header.js';

export const hstsMalformed: Rule = (c) =>
  reportPlaces(c, 'HSTS_MALFORMED', { severity: 'WEAK', whoActs: 'CUSTOMER' }, ({ http }) => {
    const headers = http?.overTls?.ok ? http.overTls.value.hsts : [];
    const [first] = headers;
    if (first === undefined) return undefined;
    const read = readHsts(first);
    if ('malformed' in read) return { detail: read.malformed, header: first.slice(0, 100) };
    return headers.length > 1 ? { detail: `it is sent ${headers.length} times`, header: first.slice(0, 100) } : undefined;
  });
