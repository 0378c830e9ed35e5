import { SINCE_EVER, type Lint } from './lint.js';
import { PURPOSE } from '../encoding/object-identifiers.js';

export const extendedKeyUsageServerAuth: Lint = {
  id: 'extended-key-usage-server-auth',
  source: 'CA/B BR 7.1.2.7.10',
  effectiveFrom: SINCE_EVER,
  check: ({ extendedKeyUsage = [] }) => {
    if (!extendedKeyUsage.includes(PURPOSE.serverAuth)) return 'serverAuth is missing';
    return extendedKeyUsage.includes(PURPOSE.any) ? 'anyExtendedKeyUsage is not allowed' : undefined;
  },
};
