/** Is a name within a constraint? One rule per kind of name, all of RFC 5280 4.2.1.10. */

export type Match = 'yes' | 'no' | 'malformed';

/**
 * A constraint is a domain with all below it; a leading dot is malformed here, unlike in the other kinds.
 * A wildcard name stands for every name that it could match: it is excluded as soon as one of them is.
 */
export function dnsWithin(name: string, constraint: string, list: 'permitted' | 'excluded'): Match {
  const subject = name.toLowerCase();
  const domain = constraint.toLowerCase();
  if (domain === '') return 'yes';
  if (!DNS_NAME.test(domain)) return 'malformed';
  if (!DNS_NAME.test(subject.replace(/^\*\./, ''))) return 'malformed';
  if (subject.endsWith(`.${domain}`) || subject === domain) return 'yes';
  const couldMatch = subject.startsWith('*.') && domain.endsWith(subject.slice(1));
  return list === 'excluded' && couldMatch ? 'yes' : 'no';
}

/** Address and mask, 8 or 32 octets; the mask has to be ones, then zeros (RFC 4632). */
export function ipWithin(address: Uint8Array, constraint: Uint8Array): Match {
  if (constraint.length !== 8 && constraint.length !== 32) return 'malformed';
  if (address.length !== 4 && address.length !== 16) return 'malformed';
  const mask = constraint.subarray(constraint.length / 2);
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  if (/01/.test(bits)) return 'malformed';
  if (address.length !== mask.length) return 'no';
  return mask.every((octet, i) => ((address[i] ?? 0) & octet) === ((constraint[i] ?? 0) & octet)) ? 'yes' : 'no';
}

/** One mailbox, all mailboxes of a host, or, with a leading dot, all of the hosts below a domain. */
export function emailWithin(address: string, constraint: string): Match {
  const at = address.lastIndexOf('@');
  const host = address.slice(at + 1).toLowerCase();
  if (at <= 0 || host === '') return 'malformed';
  const limit = constraint.lastIndexOf('@');
  if (limit >= 0)
    return address.slice(0, at) === constraint.slice(0, limit) && host === constraint.slice(limit + 1).toLowerCase() ? 'yes' : 'no';
  return hostWithin(host, constraint);
}

/** About the host only; a URI without a host name cannot be judged, so it is refused. */
export function uriWithin(uri: string, constraint: string): Match {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1]?.toLowerCase();
  if (host === undefined || /^[\d.]+$/.test(host)) return 'malformed';
  return hostWithin(host, constraint);
}

/** RDN by RDN, as DER: every name that begins with the constraint (X.501 7.1). Both are whole elements, so bytes decide. */
export const startsWith = (name: Uint8Array, constraint: Uint8Array): boolean =>
  name.length >= constraint.length && constraint.every((byte, i) => name[i] === byte);

/** LDH labels, and the underscore that service names have. */
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

function hostWithin(host: string, constraint: string): Match {
  const domain = constraint.toLowerCase();
  if (domain === '') return 'yes';
  if (!DNS_NAME.test(domain.replace(/^\./, ''))) return 'malformed';
  return domain.startsWith('.') ? (host.endsWith(domain) ? 'yes' : 'no') : host === domain ? 'yes' : 'no';
}
