import { id_kp_serverAuth } from '@peculiar/asn1-x509';
import { SINCE_EVER, type Lint } from './lint.js';

const ANY_PURPOSE = '2.5.29.37.0';

export const extendedKeyUsageServerAuth: Lint = {
  id: 'extended-key-usage-server-auth',
  source: 'CA/B BR 7.1.2.7.10',
  effectiveFrom: SINCE_EVER,
  check: ({ extendedKeyUsage = [] }) => {
    if (!extendedKeyUsage.includes(id_kp_serverAuth)) return 'serverAuth is missing';
    return extendedKeyUsage.includes(ANY_PURPOSE) ? 'anyExtendedKeyUsage is not allowed' : undefined;
  },
};
