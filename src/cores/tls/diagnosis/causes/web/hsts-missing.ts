/** Without Strict-Transport-Security the first words of each visit may be in clear (RFC 6797). An IP address cannot have it (8.1.1). */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';
import { readHsts } from './hsts-header.js';

export const hstsMissing: Rule = (c) =>
  reportPlaces(c, 'HSTS_MISSING', { severity: 'NOTE', whoActs: 'CUSTOMER' }, ({ http }) => {
    if (c.check.name === undefined || !http?.overTls?.ok) return undefined;
    const [header] = http.overTls.value.hsts;
    if (header === undefined) return { found: 'no such header' };
    const read = readHsts(header);
    return 'maxAge' in read && read.maxAge === 0 ? { found: 'max-age=0, which takes it back' } : undefined;
  });
