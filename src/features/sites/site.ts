/**
 * Sites: names that servers answer for. A name is of one site, on the whole platform. A wildcard (`*.shop.example`) stands for every name with one
 * label more that no site has: none of these may be within a domain of another account.
 */
import { covers, isWildcard, parseCertificateName, withoutWildcard, type CertificateName, type Hostname } from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { parseNames } from '../../values/name-list.js';
import { problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import type { Domain, HeldName } from '../domains/domain.js';

/** What is done with requests after the handshake: `PANEL` hands them to our own API, `NONE` has nothing behind it. */
export const ROUTES = ['PANEL', 'NONE'] as const;
export type Route = (typeof ROUTES)[number];

export type Site = {
  readonly id: Id<'site'>;
  readonly accountId: Id<'account'>;
  /** The domain of the main name. */
  readonly domainId: Id<'domain'>;
  /** Its home. Which others answer for it too, only SiteServers says. */
  readonly serverId: Id<'server'>;
  /** At least one; the first is the main one. */
  readonly names: readonly CertificateName[];
  readonly route: Route;
  readonly createdAt: Instant;
  /** It is no site any more, and its names are free; kept for what tells of it. */
  readonly deletedAt?: Instant;
};

export type NewSite = Pick<Site, 'accountId' | 'names' | 'route'> & { readonly serverId: Id<'server'> | null };
export type SiteInput = { accountId?: string | null; serverId?: string | null; names: readonly string[] };

export function parseNewSite(input: SiteInput, own: Id<'account'>, route: Route): Result<NewSite> {
  return allFields({
    accountId: input.accountId ? parseId('account', input.accountId) : ok(own),
    serverId: input.serverId ? parseId('server', input.serverId) : ok(null),
    names: parseNames(input.names, parseCertificateName),
    route: ok(route),
  });
}

/**
 * Is every name within a domain of the account? `holders`: the nearest domain of each name, without its `*.`. A part that was given away to
 * another account is that account's. One sub-problem per name that is not; else the main name's domain.
 */
export function mainDomain({ accountId, names }: NewSite, holders: ReadonlyMap<Hostname, Domain>): Result<Domain> {
  const outside = names.filter((name) => holders.get(withoutWildcard(name))?.accountId !== accountId);
  if (outside.length === 0) return ok(holders.get(withoutWildcard(names[0]!))!);
  return err(problem('INVALID_INPUT', {}, { sub: outside.map((name) => problem('NAME_NOT_COVERED', { name }, { subject: name })) }));
}

/** Wildcards that would answer for a name of another account. `below`: the domains with one label more than one of the wildcards' names. */
export const wildcardsOverOthers = ({ accountId, names }: NewSite, below: readonly HeldName[]): readonly CertificateName[] => {
  const others = below.filter((domain) => domain.accountId !== accountId);
  return names.filter((name) => isWildcard(name) && others.some((domain) => covers(name, domain.name)));
};

/** The names that other sites have; several are named each. */
export function namesInUse(names: readonly CertificateName[]) {
  const sub = names.map((name) => problem('NAME_IN_USE', { name }, { subject: name }));
  return { ...sub[0]!, sub: sub.length > 1 ? sub : [] };
}
