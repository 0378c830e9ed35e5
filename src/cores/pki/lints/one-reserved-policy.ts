import { SINCE_EVER, type Lint } from './lint.js';

/** DV, OV, IV, EV. */
const RESERVED = ['2.23.140.1.2.1', '2.23.140.1.2.2', '2.23.140.1.2.3', '2.23.140.1.1'];

export const oneReservedPolicy: Lint = {
  id: 'one-reserved-policy',
  source: 'CA/B BR 7.1.2.7.9, 7.1.6.1',
  effectiveFrom: SINCE_EVER,
  publicOnly: true,
  check: ({ policies }) => {
    const count = policies.filter((policy) => RESERVED.includes(policy)).length;
    return count === 1 ? undefined : `${count} policies say how it was validated; exactly one has to`;
  },
};
