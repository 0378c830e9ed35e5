/** The form of name constraints (RFC 5280 4.2.1.10). Whether names keep to them is asked of every path. */
import type { GeneralName } from '../encoding/general-name.js';
import { isDomain, isMask, mailboxOf } from '../name-forms.js';
import type { Rule } from './rule.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

export const nameConstraints: Rule = ({ certificate: { isCa, nameConstraints: constraints }, written }) => {
  if (constraints === undefined) return undefined;
  if (!isCa) return 'it constrains names and is no CA';
  if (!written.extensions?.get(EXTENSION.nameConstraints)?.critical) return 'its name constraints are not critical';
  return [...constraints.permitted, ...constraints.excluded].every(isWellFormed) ? undefined : 'one of its name constraints is malformed';
};

function isWellFormed(constraint: GeneralName): boolean {
  switch (constraint.type) {
    case 'dns':
      return constraint.value === '' || isDomain(constraint.value.toLowerCase());
    case 'email':
      return constraint.value.includes('@') ? mailboxOf(constraint.value) !== undefined : isHostOrBelow(constraint.value);
    case 'uri':
      return isHostOrBelow(constraint.value);
    case 'ip':
      return [8, 32].includes(constraint.value.length) && isMask(constraint.value.subarray(constraint.value.length / 2));
    case 'directory':
    case 'other':
      return true;
  }
}

/** A leading dot stands for all that is below. */
const isHostOrBelow = (text: string): boolean => text === '' || isDomain(text.toLowerCase().replace(/^\./, ''));
