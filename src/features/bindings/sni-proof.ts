/**
 * The proof that no address answers with another tenant's certificate. The names that can be asked for are without end, but fall into few
 * classes at each place: each name that is bound; of each wildcard the labels that are held by somebody of their own, and those that are not;
 * everything else; no name at all. All names of a class have the same holder and, since `resolve` only knows what is bound, the same answer: one of
 * each is asked for. Domains are whatever may decide who holds a bound name: each at, above or one label below it.
 */
import { isWildcard, withoutWildcard, type CertificateName, type Hostname } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { HeldName } from '../domains/domain.js';
import { placeKey, resolve, standing, type SniEntry, type SniIndex, type SniPlace, type SniQuestion } from './sni-map.js';

/** A name that is answered with a certificate of somebody who does not hold it. */
export type Counterexample = { readonly asked: SniQuestion; readonly entry: SniEntry; readonly holder?: Id<'account'> };

export function tenantProof(index: SniIndex, domains: readonly HeldName[]): readonly Counterexample[] {
  const holders = new Map<string, Id<'account'>>(domains.map(({ name, accountId }) => [name, accountId]));
  return questions(index, domains).flatMap((asked) => {
    const { answer } = resolve(index, asked);
    if (typeof answer === 'string') return [];
    const holder = holderOf(asked.name!, holders);
    // Where there are two for one name, a server might answer with either.
    return standing(index, answer, answer.name)!.flatMap((entry): Counterexample[] => {
      const his = holder !== undefined && [entry, ...entry.certificates].every(({ accountId }) => accountId === holder);
      return his ? [] : [{ asked, entry, ...(holder !== undefined && { holder }) }];
    });
  });
}

/** One question for each class of names, at each place. */
export function questions(index: SniIndex, domains: readonly HeldName[]): readonly SniQuestion[] {
  const held = Map.groupBy(domains, ({ name }) => above(name));
  return index.places.flatMap((place) => {
    const { ip, port } = place;
    const names = [...(index.at.get(placeKey(place))?.keys() ?? [])].flatMap((key): Hostname[] => {
      const name = key as CertificateName;
      if (!isWildcard(name)) return [name as Hostname];
      const below = (held.get(withoutWildcard(name)) ?? []).map((domain) => domain.name);
      return [...below, remainderOf(index, place, name, new Set(below))];
    });
    return [...new Set<Hostname>(names), NOBODYS].map((name): SniQuestion => ({ ip, port, name })).concat({ ip, port });
  });
}

/** In a top level that is given to nobody (RFC 6761 6.4). */
const NOBODYS = 'nobody.invalid' as Hostname;

/** The first label that nobody has under that wildcard at that place. */
function remainderOf(index: SniIndex, place: SniPlace, wildcard: CertificateName, held: ReadonlySet<Hostname>): Hostname {
  for (let i = 0; ; i++) {
    const name = `any${i || ''}.${withoutWildcard(wildcard)}` as Hostname;
    if (!held.has(name) && !standing(index, place, name)) return name;
  }
}

/** Of the nearest domain at or above the name. */
function holderOf(name: string, holders: ReadonlyMap<string, Id<'account'>>): Id<'account'> | undefined {
  for (let each = name; ; each = above(each)) {
    const holder = holders.get(each);
    if (holder !== undefined || !each.includes('.')) return holder;
  }
}

const above = (name: string): string => name.slice(name.indexOf('.') + 1);
