/** A binding says which certificate shall answer at an address and port for a name. What does answer, only a handshake tells. */
import { keyFamilyOf } from '../../cores/pki/encoding/key-algorithm.js';
import type { StartTls } from '../../cores/tls/starttls/start-tls.js';
import { covers, isWildcard, withoutWildcard, type CertificateName, type Hostname } from '../../values/hostname.js';
import { minutes, type Duration, type Instant } from '../../values/instant.js';
import type { Id } from '../../values/id.js';
import type { IpAddress } from '../../values/ip-address.js';

export type Binding = {
  readonly id: Id<'binding'>;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  readonly serverId: Id<'server'>;
  readonly addressId: Id<'address'>;
  readonly ip: IpAddress;
  readonly port: number;
  readonly name: CertificateName;
  /** Said before TLS on that port: one of mail. */
  readonly startTls?: StartTls;
  readonly certificateId: Id<'certificate'>;
  /** One with a key of the other family (RSA, ECDSA), shown beside it. */
  readonly companionId?: Id<'certificate'>;
  /** The certificate that could not be proven here: what was served before stays. */
  readonly refused?: { readonly certificateId: Id<'certificate'>; readonly attempts: number; readonly retryAt: Instant };
  /** To be put there again, whatever the server says of itself: what it shows is something else. */
  readonly again?: true;
  /** Since when this certificate is wanted there. */
  readonly wantedSince: Instant;
  /** What a handshake showed there last (SHA-256 of the leaf, hex), and when one showed it first after the last that did not. */
  readonly shown?: { readonly fingerprint: string; readonly since: Instant };
};

/** What a map has of it. */
export type MapBinding = Pick<Binding, 'ip' | 'port' | 'name' | 'accountId' | 'siteId' | 'certificateId' | 'companionId'>;

/**
 * What is asked for to see a binding: its name; of a wildcard a name that it stands for, which nobody gives to a host. Always the same one, so that
 * what was seen before and after a change can be compared.
 */
export const askedFor = (name: CertificateName): Hostname =>
  isWildcard(name) ? (`any-name-that-no-host-has.${withoutWildcard(name)}` as Hostname) : (name as Hostname);

/** Where a handshake with it is made. */
export const placeOf = ({ ip, port, name, startTls }: Pick<Binding, 'ip' | 'port' | 'name' | 'startTls'>) => ({
  ...{ address: ip, port, name },
  ...(startTls && { startTls }),
});

/** What a binding is made of. */
export type NewBinding = Omit<Binding, 'refused' | 'again' | 'wantedSince' | 'shown'>;

type TlsPort = { readonly port: number; readonly startTls?: StartTls };
type Place = {
  readonly id: Id<'address'>;
  readonly serverId: Id<'server'>;
  readonly ip: IpAddress;
  readonly ports: readonly TlsPort[];
};
type Issued = {
  readonly id: Id<'certificate'>;
  readonly names: readonly CertificateName[];
  readonly keyAlgorithm: string;
  readonly createdAt: Instant;
};
export type Wanted = Pick<Binding, 'serverId' | 'addressId' | 'ip' | 'port' | 'name' | 'startTls'>;

/**
 * Every name of a site that the certificate covers, at every port of every address of its servers. In one order for all: two certificates for one
 * site lock their places one by one, and must not do so crosswise.
 */
export const wantedFor = (siteNames: readonly CertificateName[], places: readonly Place[], certificate: Issued): Wanted[] =>
  places
    .flatMap(({ id, serverId, ip, ports }) =>
      siteNames
        .filter((name) => certificate.names.some((covering) => covers(covering, name)))
        .flatMap((name) => ports.map((at) => ({ serverId, addressId: id, ip, name, ...at }))),
    )
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));

const orderOf = ({ addressId, port, name }: Wanted): string => `${addressId} ${port} ${name}`;

/**
 * What sites show somewhere, to be shown at all of their places: each certificate of a site once, since its names may have
 * several. Newest first (ids sort by time): an older one then finds the place taken.
 */
export function toSpread(bindings: readonly Binding[]): readonly Spread[] {
  const all = bindings.flatMap((binding) =>
    certificateIdsOf(binding).map((certificateId): Spread => {
      return { siteId: binding.siteId, certificateId, beside: binding.companionId !== undefined };
    }),
  );
  const once = new Map(all.map((each) => [`${each.siteId} ${each.certificateId}`, each]));
  return [...once.values()].sort((a, b) => (a.certificateId > b.certificateId ? -1 : 1));
}
type Spread = Pick<Binding, 'siteId' | 'certificateId'> & { readonly beside: boolean };

export const certificateIdsOf = ({ certificateId, companionId }: Pick<Binding, 'certificateId' | 'companionId'>): Id<'certificate'>[] =>
  companionId === undefined ? [certificateId] : [certificateId, companionId];

/** Wake-ups come twice and out of order: only a newer certificate takes the place of another. */
export const replaces = (issued: Issued, bound: Issued | undefined): boolean => !bound || bound.createdAt < issued.createdAt;

/** Two certificates of different families, or one. */
export type Shown<C> = { readonly certificate: C; readonly companion?: C };

/**
 * What a place shows once a certificate was issued for it; undefined where that changes nothing. It takes the place of the one of its family.
 * `beside`: where that is another family's, it comes beside it.
 */
export function shownAfter<C extends Issued>(issued: C, beside: boolean, { certificate, companion }: Shown<C>): Shown<C> | undefined {
  const isOfFamily = (other: C) => keyFamilyOf(other.keyAlgorithm) === keyFamilyOf(issued.keyAlgorithm);
  if (certificate.id === issued.id || companion?.id === issued.id) return undefined;
  if (companion && isOfFamily(companion)) return replaces(issued, companion) ? { certificate, companion: issued } : undefined;
  if (beside && !isOfFamily(certificate)) return { certificate, companion: issued };
  return replaces(issued, certificate) ? { certificate: issued, ...(companion && { companion }) } : undefined;
}

/** 1, 2, 4 … minutes, at most a quarter of an hour, after the n-th failed installation. */
export const installAgainAfter = (attempts: number): Duration => minutes(Math.min(2 ** Math.min(attempts - 1, 8), 15));

/** Is it worth a try now? */
export const isDue = ({ certificateId, refused }: Binding, now: Instant): boolean =>
  refused === undefined || refused.certificateId !== certificateId || refused.retryAt <= now;
