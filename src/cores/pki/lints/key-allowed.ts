import { weaknessOf } from '../weak-key.js';
import { SINCE_EVER, type Lint } from './lint.js';

export const keyAllowed: Lint = {
  id: 'key-allowed',
  source: 'CA/B BR 6.1.1.3, 6.1.5, 6.1.6',
  effectiveFrom: SINCE_EVER,
  check: ({ publicKey }) => weaknessOf(publicKey),
};
