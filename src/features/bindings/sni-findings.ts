/** What is wrong or surprising in an SNI map, before anybody makes a handshake. Each finding is told to the one whose site it is about. */
import { covers, isWildcard, type CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { ipVersion } from '../../values/ip-address.js';
import type { HeldName } from '../domains/domain.js';
import { mayUse } from '../servers/address.js';
import type { Site } from '../sites/site.js';
import { placeKey, resolve, standing, wildcardFor, type SameKey, type SniEntry, type SniIndex, type SniPlace } from './sni-map.js';
import { tenantProof } from './sni-proof.js';

/** The gravest first, with what each is about. */
export const SNI_FINDINGS = {
  /** A certificate would answer for a name that its account does not hold. */
  ANOTHER_TENANTS_NAME: 'TENANT',
  /** Two sites of different accounts have one name at one place. */
  CONFLICTING_ACCOUNTS: 'CONFLICT',
  /** One name at one place has two certificates that are no pair. */
  CONFLICTING_CERTIFICATES: 'CONFLICT',
  /** The address is dedicated to another account. */
  DEDICATED_TO_ANOTHER: 'DEDICATED',
  CERTIFICATE_LACKS_NAME: 'UNCOVERED',
  CERTIFICATE_EXPIRED: 'UNCOVERED',
  CERTIFICATE_NOT_YET_VALID: 'UNCOVERED',
  NAME_NOT_BOUND: 'UNCOVERED',
  /** Bound at IPv4 addresses of a server that has IPv6 ones too, and at none of those. */
  ONLY_IPV4: 'PARITY',
  ONLY_IPV6: 'PARITY',
  /** Which certificate a visitor is shown depends on the address that he came to. */
  DIFFERENT_CERTIFICATES: 'PARITY',
  /** A wildcard of another account answers for this name wherever the site itself does not. */
  WILDCARD_OF_ANOTHER: 'SHADOWED',
  /** For this name an exact binding answers, never the wildcard of the site. */
  EXACT_BEFORE_WILDCARD: 'SHADOWED',
} as const;
export type SniFindingCode = keyof typeof SNI_FINDINGS;
export type SniFindingKind = (typeof SNI_FINDINGS)[SniFindingCode];
export const SNI_FINDING_CODES = Object.keys(SNI_FINDINGS) as SniFindingCode[];
export const SNI_FINDING_KINDS = [...new Set(Object.values(SNI_FINDINGS))] as readonly SniFindingKind[];

export type SniFinding = {
  readonly code: SniFindingCode;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  readonly name: CertificateName;
  /** Where it is so. */
  readonly at: readonly SniPlace[];
};

/** What the map is held against: all of the server. */
export type SniFacts = {
  readonly now: Instant;
  readonly sites: readonly Pick<Site, 'id' | 'accountId' | 'names'>[];
  /** `dedicatedTo`: absent for a shared one. */
  readonly addresses: readonly (SniPlace & { readonly dedicatedTo?: Id<'account'> })[];
  readonly domains: readonly HeldName[];
};

/** In O(entries + names of sites × addresses). */
export function sniFindings(index: SniIndex, facts: SniFacts): readonly SniFinding[] {
  return together([
    ...conflicts(index),
    ...hiddenWildcards(index),
    ...ofCertificates(index, facts.now),
    ...ofSites(index, facts),
    ...parity(index, facts),
    ...dedicated(index, facts),
    // Told by the name that is bound: the one that shows it may be a name of the other.
    ...tenantProof(index, facts.domains).map(({ entry }) => found('ANOTHER_TENANTS_NAME', entry, entry, entry.name)),
  ]);
}

type Owner = { readonly accountId: Id<'account'>; readonly siteId: Id<'site'> };
const found = (code: SniFindingCode, { accountId, siteId }: Owner, { ip, port }: SniPlace, name: CertificateName): SniFinding => {
  return { code, accountId, siteId, name, at: [{ ip, port }] };
};

/** The same about the same name of a site at several places is one finding. */
export function together(findings: readonly SniFinding[]): readonly SniFinding[] {
  const byKey = Map.groupBy(findings, findingKey);
  const merged = [...byKey.values()].map((same): SniFinding => {
    const places = new Map(same.flatMap(({ at }) => at).map((place) => [placeKey(place), place]));
    return { ...same[0]!, at: [...places.values()] };
  });
  return merged.sort((a, b) => SNI_FINDING_CODES.indexOf(a.code) - SNI_FINDING_CODES.indexOf(b.code));
}
export const findingKey = ({ code, siteId, name }: SniFinding): string => `${code} ${siteId} ${name}`;

const conflicts = ({ at }: SniIndex): SniFinding[] => [...at.values()].flatMap((here) => [...here.values()].flatMap(conflictsOf));

function conflictsOf(entries: SameKey): SniFinding[] {
  if (entries.length === 1) return [];
  const accounts = new Set(entries.map(({ accountId }) => accountId));
  if (accounts.size > 1) return entries.map((entry) => found('CONFLICTING_ACCOUNTS', entry, entry, entry.name));
  if (new Set(entries.map(certificatesKey)).size === 1) return [];
  return [...new Map(entries.map((entry) => [entry.siteId, found('CONFLICTING_CERTIFICATES', entry, entry, entry.name)])).values()];
}

const certificatesKey = ({ certificates }: SniEntry): string =>
  certificates
    .map(({ id }) => id)
    .sort()
    .join(' ');

const hiddenWildcards = (index: SniIndex): SniFinding[] =>
  index.entries.flatMap((entry) => {
    const wildcard = wildcardFor(entry.name);
    const hidden = wildcard && standing(index, entry, wildcard)?.[0];
    return hidden ? [found('EXACT_BEFORE_WILDCARD', hidden, entry, entry.name)] : [];
  });

const ofCertificates = ({ entries }: SniIndex, now: Instant): SniFinding[] =>
  entries.flatMap((entry) => {
    const { name, certificates } = entry;
    const some = (is: (certificate: SniEntry['certificates'][number]) => boolean, code: SniFindingCode) =>
      certificates.some(is) ? [found(code, entry, entry, name)] : [];
    return [
      ...some(({ names }) => !names.some((covering) => covers(covering, name)), 'CERTIFICATE_LACKS_NAME'),
      ...some(({ notAfter }) => notAfter < now, 'CERTIFICATE_EXPIRED'),
      ...some(({ notBefore }) => now < notBefore, 'CERTIFICATE_NOT_YET_VALID'),
    ];
  });

/** A name of a site is bound where the site answers for it, be it by its own wildcard. */
function ofSites(index: SniIndex, { sites, addresses }: SniFacts): SniFinding[] {
  return sites.flatMap(({ id: siteId, accountId, names }) => {
    const places = addresses.filter((address) => mayUse(address, accountId));
    return names.flatMap((name) =>
      places.flatMap((place): SniFinding[] => {
        const wildcard = wildcardFor(name);
        const beside = wildcard && standing(index, place, wildcard)?.[0];
        const bound = isWildcard(name) ? standing(index, place, name)?.[0] : resolve(index, { ...place, name }).answer;
        const its = typeof bound === 'object' && bound.siteId === siteId;
        return [
          ...(its ? [] : [found('NAME_NOT_BOUND', { accountId, siteId }, place, name)]),
          ...(beside && beside.accountId !== accountId ? [found('WILDCARD_OF_ANOTHER', { accountId, siteId }, place, name)] : []),
        ];
      }),
    );
  });
}

/** Told of each name, of the places where it is bound. */
function parity({ entries }: SniIndex, { addresses }: SniFacts): SniFinding[] {
  const versions = Map.groupBy(addresses, ({ port }) => port);
  return [...Map.groupBy(entries, ({ siteId, name, port }) => `${siteId} ${name} ${port}`).values()].flatMap((bound): SniFinding[] => {
    const { accountId, siteId, name, port } = bound[0]!;
    const there = new Set(bound.map(({ ip }) => ipVersion(ip)));
    const could = new Set((versions.get(port) ?? []).flatMap((address) => (mayUse(address, accountId) ? ipVersion(address.ip) : [])));
    const at = bound.map(({ ip }) => ({ ip, port }));
    const told = (code: SniFindingCode): SniFinding => ({ code, accountId, siteId, name, at });
    return [
      ...(!there.has(6) && could.has(6) ? [told('ONLY_IPV4')] : []),
      ...(!there.has(4) && could.has(4) ? [told('ONLY_IPV6')] : []),
      ...(new Set(bound.map(certificatesKey)).size > 1 && new Set(bound.map(({ ip }) => ip)).size > 1
        ? [told('DIFFERENT_CERTIFICATES')]
        : []),
    ];
  });
}

function dedicated({ entries }: SniIndex, { addresses }: SniFacts): SniFinding[] {
  const byPlace = new Map(addresses.map((address) => [placeKey(address), address]));
  return entries.flatMap((entry) => {
    const address = byPlace.get(placeKey(entry));
    return address && !mayUse(address, entry.accountId) ? [found('DEDICATED_TO_ANOTHER', entry, entry, entry.name)] : [];
  });
}
