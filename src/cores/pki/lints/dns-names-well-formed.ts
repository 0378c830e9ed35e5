import { parseCertificateName } from '../../../values/hostname.js';
import { SINCE_EVER, type Lint } from './lint.js';

/** LDH labels in normal form: no underscore, no IP address in disguise, no trailing dot, no U-label. */
export const dnsNamesWellFormed: Lint = {
  id: 'dns-names-well-formed',
  source: 'CA/B BR 7.1.2.7.12, RFC 5280 4.2.1.6',
  effectiveFrom: SINCE_EVER,
  check: ({ subjectAltNames = [] }) => {
    const bad = subjectAltNames
      .flatMap((name) => (name.type === 'dns' ? name.value : []))
      .find((text) => {
        const name = parseCertificateName(text);
        return !name.ok || name.value !== text.toLowerCase();
      });
    return bad === undefined ? undefined : `"${bad.slice(0, 80)}" is not a DNS name`;
  },
};
