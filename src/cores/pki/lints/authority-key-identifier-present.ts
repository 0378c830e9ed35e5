import { SINCE_EVER, type Lint } from './lint.js';

/** Without it, clients try every issuer of the same name. */
export const authorityKeyIdentifierPresent: Lint = {
  id: 'authority-key-identifier-present',
  source: 'CA/B BR 7.1.2.11.1',
  effectiveFrom: SINCE_EVER,
  check: ({ authorityKeyIdentifier }) => (authorityKeyIdentifier === undefined ? 'the key of the issuer is not identified' : undefined),
};
