import { SINCE_EVER, type Lint } from './lint.js';

export const noNameConstraints: Lint = {
  id: 'no-name-constraints',
  source: 'CA/B BR 7.1.2.7.6, RFC 5280 4.2.1.10',
  effectiveFrom: SINCE_EVER,
  check: ({ nameConstraints }) => (nameConstraints === undefined ? undefined : 'name constraints belong in CA certificates only'),
};
