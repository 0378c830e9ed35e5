/** What makes a certificate that of a CA, and what a leaf may not claim (RFC 5280 4.2.1.3, 4.2.1.9). */
import type { Rule } from './rule.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

/** That a CA has it at all is asked of every path. */
export const basicConstraints: Rule = ({ certificate: { isCa, pathLength, keyUsage: uses }, place, written }) => {
  if (place !== 'LEAF' && !written.extensions?.get(EXTENSION.basicConstraints)?.critical) return 'its basic constraints are not critical';
  if (pathLength === undefined) return undefined;
  if (pathLength < 0) return 'its path length is negative';
  return isCa && uses?.includes('keyCertSign') ? undefined : 'it has a path length and may not sign certificates';
};

export const keyUsage: Rule = ({ certificate: { isCa, keyUsage: uses }, place }) => {
  if (uses?.length === 0) return 'its key usage allows nothing';
  if (place !== 'LEAF') return uses ? undefined : 'a CA has to have a key usage';
  // A CA may stand at the end of a path (RFC 5280 6.1 says nothing of it); what claims half of a CA's rights is neither.
  const signs = uses?.includes('keyCertSign') ?? isCa;
  return signs === isCa ? undefined : 'it claims a part of what makes a CA';
};
