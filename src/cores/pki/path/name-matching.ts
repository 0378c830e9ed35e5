/** Is a name within a constraint? One rule per kind of name, all of RFC 5280 4.2.1.10. */
import { namesWithin } from '../distinguished-name-matching.js';
import { isDomain, isMask, mailboxOf } from '../name-forms.js';

export type Match = 'yes' | 'no' | 'malformed';

/**
 * A constraint is a domain with all below it; a leading dot is malformed here, unlike in the other kinds.
 * A wildcard name stands for every name that it could match: it is excluded as soon as one of them is.
 */
export function dnsWithin(name: string, constraint: string, list: 'permitted' | 'excluded'): Match {
  const subject = name.toLowerCase();
  const domain = constraint.toLowerCase();
  if (domain === '') return 'yes';
  if (!isDomain(domain)) return 'malformed';
  if (!isDomain(subject.replace(/^\*\./, ''))) return 'malformed';
  if (subject.endsWith(`.${domain}`) || subject === domain) return 'yes';
  const couldMatch = subject.startsWith('*.') && domain.endsWith(subject.slice(1));
  return list === 'excluded' && couldMatch ? 'yes' : 'no';
}

/** Address and mask, 8 or 32 octets; the mask has to be ones, then zeros (RFC 4632). */
export function ipWithin(address: Uint8Array, constraint: Uint8Array): Match {
  if (constraint.length !== 8 && constraint.length !== 32) return 'malformed';
  if (address.length !== 4 && address.length !== 16) return 'malformed';
  const mask = constraint.subarray(constraint.length / 2);
  if (!isMask(mask)) return 'malformed';
  if (address.length !== mask.length) return 'no';
  return mask.every((octet, i) => ((address[i] ?? 0) & octet) === ((constraint[i] ?? 0) & octet)) ? 'yes' : 'no';
}

/** One mailbox, all mailboxes of a host, or, with a leading dot, all of the hosts below a domain. */
export function emailWithin(address: string, constraint: string): Match {
  const mailbox = mailboxOf(address);
  if (mailbox === undefined) return 'malformed';
  if (!constraint.includes('@')) return hostWithin(mailbox.host, constraint);
  const limit = mailboxOf(constraint);
  if (limit === undefined) return 'malformed';
  return mailbox.local === limit.local && mailbox.host === limit.host ? 'yes' : 'no';
}

/** About the host only; a URI without a host name cannot be judged, so it is refused. */
export function uriWithin(uri: string, constraint: string): Match {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1]?.toLowerCase();
  if (host === undefined || /^[\d.]+$/.test(host)) return 'malformed';
  return hostWithin(host, constraint);
}

/** RDN by RDN: every name that begins with the constraint (X.501 7.1), compared as RFC 5280 7.1 says. Both without their outer header. */
export function directoryWithin(name: Uint8Array, constraint: Uint8Array): Match {
  const within = namesWithin(name, constraint);
  return within === undefined ? 'malformed' : within ? 'yes' : 'no';
}

function hostWithin(host: string, constraint: string): Match {
  const domain = constraint.toLowerCase();
  if (domain === '') return 'yes';
  if (!isDomain(domain.replace(/^\./, ''))) return 'malformed';
  return domain.startsWith('.') ? (host.endsWith(domain) ? 'yes' : 'no') : host === domain ? 'yes' : 'no';
}
