/** What a certificate names (RFC 5280 4.1.2.4, 4.1.2.6, 4.2.1.6, CA/B BR 7.1.2.7.12, 7.1.4.3). */
import ipaddr from 'ipaddr.js';
import { sanCriticalWithoutSubject } from '../lints/san-critical-without-subject.js';
import { mailboxOf } from '../name-forms.js';
import type { Rule } from './rule.js';

export const emptySubject: Rule = ({ certificate: { issuer, subject, subjectAltNames: names } }) => {
  if (issuer === '') return 'its issuer has no name';
  return subject === '' && names === undefined ? 'it names nobody' : undefined;
};

export const subjectAltNames: Rule = ({ certificate, place, forServer }) => {
  const { subjectAltNames: names, notBefore } = certificate;
  if (place === 'LEAF' && forServer && !names?.some(({ type }) => type === 'dns' || type === 'ip')) return 'it names no host';
  if (names === undefined) return undefined;
  if (names.some((name) => name.type === 'ip' && name.value.length !== 4 && name.value.length !== 16))
    return 'it has an address that is none';
  if (names.some((name) => name.type === 'email' && !mailboxOf(name.value))) return 'it has a mail address that is none';
  // What was found to match a host when it was read is well-formed; reading names again costs.
  const matchable: ReadonlySet<string> = new Set(certificate.names);
  const bad = names.find((name) => name.type === 'dns' && !matchable.has(name.value.toLowerCase()));
  if (bad?.type === 'dns') return `"${bad.value.slice(0, 80)}" is not a DNS name`;
  return place === 'LEAF' ? sanCriticalWithoutSubject.check(certificate, notBefore) : undefined;
};

/**
 * A common name that somebody could take for a host is one of the alternative names, to the letter. Two that mislead nobody are let pass, though the
 * BR allow them no more: a domain above one of the names, and a domain where there are addresses only.
 */
export const commonName: Rule = ({ certificate: { commonNames, subjectAltNames: names = [] }, place, forServer }) => {
  if (place !== 'LEAF' || !forServer || commonNames.length === 0) return undefined;
  if (commonNames.length > 1) return 'it has several common names';
  const [text = ''] = commonNames;
  const hosts = names.flatMap((name) => (name.type === 'dns' ? name.value : []));
  const addresses = names.flatMap((name) => (name.type === 'ip' ? ipaddr.fromByteArray([...name.value]).toString() : []));
  const fits = isAddressLike(text)
    ? addresses.includes(text)
    : !text.includes('.') || hosts.length === 0 || hosts.some((host) => host === text || host.endsWith(`.${text}`));
  return fits ? undefined : `its common name ${text.slice(0, 64)} is none of its alternative names`;
};

/** Also 0xC0A80101 and 192.168.001.001, which some read as an address (WHATWG URL 3.5). */
const isAddressLike = (text: string): boolean => text.includes(':') || /^(0x[\da-f]*|\d+)(\.(0x[\da-f]*|\d+)){0,3}$/i.test(text);
