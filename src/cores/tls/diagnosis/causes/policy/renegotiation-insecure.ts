/** Without renegotiation_info somebody in between can put words before a visitor's (RFC 5746, CVE-2009-3555). TLS 1.3 has no renegotiation. */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const renegotiationInsecure: Rule = (c) =>
  reportPlaces(c, 'RENEGOTIATION_INSECURE', { severity: 'WEAK', whoActs: 'ADMIN' }, ({ secureRenegotiation }) =>
    secureRenegotiation?.ok && !secureRenegotiation.value ? {} : undefined,
  );
