/** The names that a client asks for, and whether a certificate has them (RFC 9525 6.3 to 6.5, RFC 5280 4.2.1.6). */
import ipaddr from 'ipaddr.js';
import { covers, isWildcard, registrableDomain, withoutWildcard, type CertificateName, type Hostname } from '../../../values/hostname.js';
import type { IpAddress } from '../../../values/ip-address.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Certificate } from '../certificate.js';
import { mailboxOf } from '../name-forms.js';

export type PeerName =
  | { readonly kind: 'DNS'; readonly name: Hostname }
  | { readonly kind: 'IP'; readonly name: IpAddress }
  /** A mailbox; its local part is compared to the letter (RFC 5280 7.5). */
  | { readonly kind: 'MAIL'; readonly name: string };

/** Alternative names only; the common name counts no more. `strict`: a wildcard never stands for the whole of a public suffix (CA/B BR 3.2.2.6). */
export function namesPeer(certificate: Certificate, peer: PeerName, strict: boolean): Problem | undefined {
  if (hasName(certificate, peer, strict)) return undefined;
  return problem('CERTIFICATE_NAME_MISMATCH', { name: peer.name, covered: certificate.names.slice(0, 10).join(', ') || 'no host name' });
}

function hasName({ names, subjectAltNames = [] }: Certificate, peer: PeerName, strict: boolean): boolean {
  switch (peer.kind) {
    case 'DNS':
      return names.some((name) => covers(name, peer.name) && !(strict && isTooWide(name)));
    case 'IP': {
      const octets = Buffer.from(ipaddr.parse(peer.name).toByteArray());
      return subjectAltNames.some((name) => name.type === 'ip' && octets.equals(name.value));
    }
    case 'MAIL':
      return subjectAltNames.some((name) => name.type === 'email' && isSameMailbox(name.value, peer.name));
  }
}

const isTooWide = (name: CertificateName): boolean => isWildcard(name) && registrableDomain(withoutWildcard(name)) === undefined;

function isSameMailbox(one: string, other: string): boolean {
  const [a, b] = [mailboxOf(one), mailboxOf(other)];
  return a !== undefined && a.local === b?.local && a.host === b.host;
}
