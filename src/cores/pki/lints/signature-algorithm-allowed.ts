import { isKnownSignatureAlgorithm } from '../encoding/signature-algorithm.js';
import { SINCE_EVER, type Lint } from './lint.js';

/** No SHA-1, no MD5, nothing home-made. */
export const signatureAlgorithmAllowed: Lint = {
  id: 'signature-algorithm-allowed',
  source: 'CA/B BR 7.1.3.2',
  effectiveFrom: SINCE_EVER,
  check: ({ signatureAlgorithm }) => (isKnownSignatureAlgorithm(signatureAlgorithm) ? undefined : `${signatureAlgorithm} is not allowed`),
};
