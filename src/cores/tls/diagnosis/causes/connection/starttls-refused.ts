/** The mail server says no to STARTTLS, or does not offer it (RFC 3207 4, RFC 2595). */
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const starttlsRefused: Rule = (c) =>
  reportPlaces(c, 'STARTTLS_REFUSED', { severity: 'BROKEN', whoActs: 'ADMIN' }, ({ baseline: { failure } }) =>
    failure?.code === 'STARTTLS_REFUSED' ? { detail: String(failure.facts['detail'] ?? 'it says no') } : undefined,
  );
