import { SINCE_EVER, type Lint } from './lint.js';

export const basicConstraintsNotCa: Lint = {
  id: 'basic-constraints-not-ca',
  source: 'CA/B BR 7.1.2.7.8',
  effectiveFrom: SINCE_EVER,
  check: ({ isCa, pathLength }) =>
    isCa ? 'it would be a CA' : pathLength !== undefined ? 'a path length stands in a certificate that is no CA' : undefined,
};
