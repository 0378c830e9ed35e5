/** Extended key usage (RFC 5280 4.2.1.12, CA/B BR 7.1.2.1, 7.1.2.7.10). That the asked purpose is in it is asked of every path. */
import type { Rule } from './rule.js';
import { EXTENSION, PURPOSE } from '../encoding/object-identifiers.js';

export const extendedKeyUsage: Rule = ({ certificate, place, forServer, written }) => {
  const { extendedKeyUsage: purposes, isCa } = certificate;
  // Of a CA at the end of a path nothing is said: it is no subscriber's.
  if (purposes === undefined) return place === 'LEAF' && forServer && !isCa ? 'it does not say that it is for servers' : undefined;
  if (written.extensions?.get(EXTENSION.extendedKeyUsage)?.critical) return 'its extended key usage is critical';
  if (place === 'ROOT') return 'a root may not have an extended key usage';
  return place === 'LEAF' && forServer && purposes.includes(PURPOSE.any) ? 'it is for any purpose' : undefined;
};
