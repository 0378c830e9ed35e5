/** What a caller may order for a site. */
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../cores/pki/encoding/key-algorithm.js';
import {
  covers,
  isWildcard,
  parseCertificateName,
  registrableDomain,
  withoutWildcard,
  type CertificateName,
  type Hostname,
} from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import { parseLabel } from '../../values/label.js';
import { parseNames } from '../../values/name-list.js';
import { about, problem, type Problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import type { Domain } from '../domains/domain.js';
import type { Site } from '../sites/site.js';

export type PlaceOrderInput = {
  siteId: string;
  product?: string | null;
  names?: readonly string[] | null;
  keyAlgorithm?: KeyAlgorithm | null;
  beside?: boolean | null;
};
export type PlaceOrder = {
  readonly siteId: Id<'site'>;
  readonly product: string;
  /** Absent: all names of the site. */
  readonly names?: readonly CertificateName[];
  readonly keyAlgorithm: KeyAlgorithm;
  /** Shown beside what the site shows, where that has a key of the other family. */
  readonly beside: boolean;
};

export function parsePlaceOrder(input: PlaceOrderInput): Result<PlaceOrder> {
  return allFields({
    siteId: parseId('site', input.siteId),
    product: parseLabel(input.product ?? 'dv'),
    names: input.names ? parseNames(input.names, parseCertificateName) : ok(undefined),
    keyAlgorithm: ok(input.keyAlgorithm ?? KEY_ALGORITHMS[0]),
    beside: ok(input.beside ?? false),
  });
}

/** What decides about names: whose domains they are in, and who would sign. */
export type NameFacts = {
  readonly site: Pick<Site, 'accountId' | 'names'>;
  /** The nearest domain of each name that stands behind a `*.`. */
  readonly holders: ReadonlyMap<Hostname, Pick<Domain, 'accountId'>>;
  readonly issuer: { readonly title: string; readonly wildcards: boolean };
};

/** The names of the certificate: those asked for, each of which has to serve a name of the site. One sub-problem per name that may not be. */
export function namesFor(asked: readonly CertificateName[] | undefined, facts: NameFacts): Result<readonly CertificateName[]> {
  const names = asked ?? facts.site.names;
  const refused = names.flatMap((name) => refusalOf(name, facts) ?? []);
  if (refused.length === 0) return ok(names);
  return err(problem('INVALID_INPUT', {}, { sub: refused.map((cause) => about('names', cause)) }));
}

/** A wildcard speaks for names that are not the site's: all that may stand in its place have to be the account's. */
function refusalOf(name: CertificateName, { site, holders, issuer }: NameFacts): Problem | undefined {
  const held = !isWildcard(name) || holders.get(withoutWildcard(name))?.accountId === site.accountId;
  if (!held && registrableDomain(withoutWildcard(name)) === undefined)
    return problem('NAME_IS_A_PUBLIC_SUFFIX', { name: withoutWildcard(name) });
  if (!held || !site.names.some((host) => covers(name, host))) return problem('NAME_NOT_COVERED', { name });
  if (isWildcard(name) && !issuer.wildcards) return problem('WILDCARD_NOT_OFFERED', { name, issuer: issuer.title });
  return undefined;
}

/** The same for the same names, in whatever order: what two orders have in common that would end in the same certificate. */
export const nameSetOf = (names: readonly CertificateName[]): string => [...new Set(names)].sort().join(' ');
