/** The form of the policy extensions (RFC 5280 4.2.1.4, .5, .11, .14). What follows from them is asked of every path. */
import type { Rule } from './rule.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

export const policies: Rule = ({ certificate }) =>
  new Set(certificate.policies).size < certificate.policies.length ? 'it names a policy twice' : undefined;

export const policyMappings: Rule = ({ certificate: { isCa }, written }) =>
  written.extensions?.has(EXTENSION.policyMappings) && !isCa ? 'it maps policies and is no CA' : undefined;

export const policyConstraints: Rule = ({ written: { extensions } }) => {
  const found = [EXTENSION.policyConstraints, EXTENSION.inhibitAnyPolicy].flatMap((oid) => extensions?.get(oid) ?? []);
  return found.every(({ critical }) => critical) ? undefined : 'its policy constraints are not critical';
};
