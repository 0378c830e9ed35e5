/**
 * Name constraints (RFC 5280 4.2.1.10, 6.1.4 g): what a CA may name, decided for every certificate below it.
 * A constraint that cannot be read allows nothing, and forbids everything of its type.
 */
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Certificate } from '../certificate.js';
import { contentOf, SEQUENCE } from '../encoding/der.js';
import { mailAddressesOf } from '../distinguished-name-matching.js';
import type { NameConstraints } from '../encoding/extensions.js';
import type { GeneralName } from '../encoding/general-name.js';
import type { Budget } from './budget.js';
import { directoryWithin, dnsWithin, emailWithin, ipWithin, uriWithin, type Match } from './name-matching.js';

/** The first name of `below` that the CA `authority` may not give; undefined where all are fine. */
export function violatedConstraint(authority: Certificate, below: Certificate, budget: Budget): Problem | undefined {
  const constraints = authority.nameConstraints;
  if (constraints === undefined) return undefined;
  for (const name of namesOf(below)) {
    const verdict = judge(name, constraints, budget);
    if (verdict === 'fine') continue;
    if (verdict !== 'violated') return verdict;
    const detail = `the name constraints of ${authority.subject} do not allow ${describe(name)}`;
    return problem('CHAIN_CONSTRAINT_VIOLATED', { subject: below.subject || below.serial, detail });
  }
  return undefined;
}

function judge(name: GeneralName, { permitted, excluded }: NameConstraints, budget: Budget): 'fine' | 'violated' | Problem {
  for (const constraint of excluded) {
    if (constraint.type !== name.type) continue;
    const broke = budget.spend('comparisons');
    if (broke) return broke;
    if (matches(name, constraint, 'excluded') !== 'no') return 'violated';
  }
  let limited = false;
  let allowed = false;
  for (const constraint of permitted) {
    if (constraint.type !== name.type) continue;
    const broke = budget.spend('comparisons');
    if (broke) return broke;
    const match = matches(name, constraint, 'permitted');
    if (match === 'malformed') return 'violated';
    limited = true;
    allowed ||= match === 'yes';
  }
  return limited && !allowed ? 'violated' : 'fine';
}

function matches(name: GeneralName, constraint: GeneralName, list: 'permitted' | 'excluded'): Match {
  switch (name.type) {
    case 'dns':
      return constraint.type === 'dns' ? dnsWithin(name.value, constraint.value, list) : 'no';
    case 'ip':
      return constraint.type === 'ip' ? ipWithin(name.value, constraint.value) : 'no';
    case 'email':
      return constraint.type === 'email' ? emailWithin(name.value, constraint.value) : 'no';
    case 'uri':
      return constraint.type === 'uri' ? uriWithin(name.value, constraint.value) : 'no';
    case 'directory':
      return constraint.type === 'directory' ? directoryWithin(name.value, constraint.value) : 'no';
    case 'other':
      // RFC 5280 4.2.1.10: a form that is constrained and cannot be processed has to be refused.
      return constraint.type === 'other' && constraint.tag === name.tag ? 'malformed' : 'no';
  }
}

/**
 * The subject counts as a directory name (RFC 5280 6.1.3 b); an empty one names nothing. Mail addresses in it count where no other
 * mail address is there (4.2.1.10, of old certificates).
 */
function namesOf(certificate: Certificate): GeneralName[] {
  const subject = contentOf(SEQUENCE, certificate.subjectDer);
  const alternatives = certificate.subjectAltNames ?? [];
  if (!subject || subject.length === 0) return [...alternatives];
  const mails = alternatives.some(({ type }) => type === 'email') ? [] : mailAddressesOf(subject);
  return [{ type: 'directory', value: subject }, ...mails.map((value) => ({ type: 'email' as const, value })), ...alternatives];
}

function describe(name: GeneralName): string {
  switch (name.type) {
    case 'dns':
    case 'email':
    case 'uri':
      return name.value.slice(0, 253);
    case 'ip':
      return `the address ${[...name.value].join('.')}`;
    case 'directory':
      return 'its subject';
    case 'other':
      return 'a name of an unknown kind';
  }
}
