import { SINCE_EVER, type Lint } from './lint.js';

export const sanPresent: Lint = {
  id: 'san-present',
  source: 'CA/B BR 7.1.2.7.12',
  effectiveFrom: SINCE_EVER,
  check: ({ subjectAltNames = [] }) => {
    if (subjectAltNames.length === 0) return 'it names no host';
    return subjectAltNames.every(({ type }) => type === 'dns' || type === 'ip') ? undefined : 'only DNS names and IP addresses are allowed';
  },
};
