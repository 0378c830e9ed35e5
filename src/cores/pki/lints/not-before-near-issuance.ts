import { hours } from '../../../values/instant.js';
import { SINCE_EVER, type Lint } from './lint.js';

const WINDOW = hours(48);

/** Backdating would slip under the rules of an earlier day. */
export const notBeforeNearIssuance: Lint = {
  id: 'not-before-near-issuance',
  source: 'CA/B BR 7.1.2.7',
  effectiveFrom: SINCE_EVER,
  publicOnly: true,
  check: ({ notBefore }, issuedAt) =>
    Math.abs(notBefore - issuedAt) > WINDOW ? 'notBefore is more than 48 hours from the signing' : undefined,
};
