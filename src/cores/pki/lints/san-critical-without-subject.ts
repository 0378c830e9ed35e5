import { SINCE_EVER, type Lint } from './lint.js';

/** Where the subject is empty, the SAN is all that names anything. */
export const sanCriticalWithoutSubject: Lint = {
  id: 'san-critical-without-subject',
  source: 'CA/B BR 7.1.2.7.12, RFC 5280 4.1.2.6',
  effectiveFrom: SINCE_EVER,
  check: ({ subject, subjectAltNames, subjectAltNamesCritical: critical }) => {
    if (subjectAltNames === undefined || critical === (subject === '')) return undefined;
    return critical ? 'the subjectAltName is critical beside a subject' : 'the subject is empty and the subjectAltName is not critical';
  },
};
