import { SINCE_EVER, type Lint } from './lint.js';

/** keyEncipherment is for RSA only: it lets TLS 1.2 encrypt to the key, which an ECDSA key cannot do. */
export const keyUsageFitsKey: Lint = {
  id: 'key-usage-fits-key',
  source: 'CA/B BR 7.1.2.7.11',
  effectiveFrom: SINCE_EVER,
  publicOnly: true,
  check: ({ keyUsage, keyAlgorithm }) => {
    const ecdsa = keyAlgorithm.startsWith('ECDSA_');
    if (keyUsage === undefined) return undefined;
    if (ecdsa && !keyUsage.includes('digitalSignature')) return 'digitalSignature is missing';
    const allowed: readonly string[] = ecdsa
      ? ['digitalSignature', 'keyAgreement']
      : ['digitalSignature', 'keyEncipherment', 'dataEncipherment'];
    const wrong = keyUsage.find((bit) => !allowed.includes(bit));
    return wrong === undefined ? undefined : `${wrong} is not for a key of kind ${keyAlgorithm}`;
  },
};
