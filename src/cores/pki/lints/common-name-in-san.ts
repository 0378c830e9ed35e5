import { SINCE_EVER, type Lint } from './lint.js';

/** The common name is not looked at by clients; where it is there, it may say nothing new. */
export const commonNameInSan: Lint = {
  id: 'common-name-in-san',
  source: 'CA/B BR 7.1.4.3',
  effectiveFrom: SINCE_EVER,
  publicOnly: true,
  check: ({ commonNames, names }) => {
    if (commonNames.length > 1) return 'there are several common names';
    const [commonName] = commonNames;
    if (commonName === undefined || names.some((name) => name === commonName.toLowerCase())) return undefined;
    return `the common name ${commonName.slice(0, 64)} is not in the subjectAltName`;
  },
};
