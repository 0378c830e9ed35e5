/**
 * Domains: which account may make sites for a name and everything below it. No two accounts hold overlapping names, unless
 * one above gave the other a part of its own. Holding is a claim within the platform; a CA proves control again for each order.
 */
import {
  covers,
  registrableDomain,
  isWithin,
  parseHostname,
  withoutWildcard,
  type CertificateName,
  type Hostname,
} from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { about, problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { lineOf, type Account } from '../accounts/account.js';

export type Domain = {
  readonly id: Id<'domain'>;
  readonly accountId: Id<'account'>;
  readonly name: Hostname;
  readonly createdAt: Instant;
};

/** Who holds a name. */
export type HeldName = Pick<Domain, 'name' | 'accountId'>;
export type NewDomain = Pick<Domain, 'accountId' | 'name'>;
export type DomainInput = { accountId?: string | null; name: string };

/** Nest token for `readonly Hostname[]`: the panel's own names. Administrators may hold them whatever they are: `localhost`. */
export const PANEL_NAMES = Symbol('PanelNames');

export function parseNewDomain(input: DomainInput, own: Id<'account'>): Result<NewDomain> {
  return allFields({
    accountId: input.accountId ? parseId('account', input.accountId) : ok(own),
    name: parseHostname(input.name),
  });
}

/** May such an account hold it at all? Under a public suffix strangers register their names, so nobody holds the suffix itself. */
export function mayHold(account: Account, name: Hostname, panelNames: readonly Hostname[]): Result<void> {
  const panels = account.kind === 'ADMIN' && panelNames.includes(name);
  if (panels || registrableDomain(name) !== undefined) return ok(undefined);
  return err(about('name', problem('NAME_IS_A_PUBLIC_SUFFIX', { name })));
}

/**
 * May `giver` give the name to `taker`, at or below it, beside the domains that overlap with it? Those who hold the nearest one
 * above and parts below have to stand on the way from giver to taker: they give of their own. A domain further up says nothing,
 * since its holder gave the nearest one away. Whose the others are is nobody's business.
 */
export function mayTake(name: Hostname, giver: { accountPath: string }, taker: Account, overlapping: readonly Domain[]): Result<void> {
  const way = lineOf(taker.path).slice(lineOf(giver.accountPath).length - 1);
  const above = overlapping.filter((domain) => isWithin(name, domain.name)).sort((a, b) => b.name.length - a.name.length);
  const below = overlapping.filter((domain) => !isWithin(name, domain.name));
  const free = [...above.slice(0, 1), ...below].every((domain) => domain.name !== name && way.includes(domain.accountId));
  return free ? ok(undefined) : err(about('name', problem('NAME_IN_USE', { name })));
}

/** A name of a site. */
export type ServedName = { readonly name: CertificateName; readonly accountId: Id<'account'> };

/**
 * Would a site of another account answer for a name that is held with this one? `overlapping`: the domains at, above and below it; `served`: the
 * names of sites there, and the wildcards that stand for it. What is below a part that somebody holds already stays as it is.
 */
export function mayAnswer({ accountId, name }: NewDomain, overlapping: readonly Domain[], served: readonly ServedName[]): Result<void> {
  const parts = overlapping.filter((domain) => domain.name !== name && isWithin(domain.name, name));
  const becomesHis = (each: Hostname) => isWithin(each, name) && !parts.some((part) => isWithin(each, part.name));
  const anothers = served.filter((each) => each.accountId !== accountId);
  const taken = anothers.some((each) => covers(each.name, name) || becomesHis(withoutWildcard(each.name)));
  return taken ? err(about('name', problem('NAME_IN_USE', { name }))) : ok(undefined);
}

/** The highest name that can overlap with this one: who adds a domain holds its lock. */
export function territoryOf(name: Hostname, panelNames: readonly Hostname[]): Hostname {
  const aboveAll = panelNames.find((panel) => registrableDomain(panel) === undefined && isWithin(name, panel));
  return aboveAll ?? registrableDomain(name) ?? name;
}

/** The name itself and all above it, nearest first: `a.b.test`, `b.test`, `test`. */
export function nameAndAbove(name: Hostname): Hostname[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.') as Hostname);
}
