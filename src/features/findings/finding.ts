/**
 * What is wrong with a name of a site, over all the checks that show it: one finding from the first that does to the first that sees
 * the site and does not. What could not be found out ends nothing.
 */
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import type { Cause, Diagnosis, Severity, WhoActs } from '../../cores/tls/diagnosis/diagnosis.js';
import type { CertificateName } from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import { allFields, ok, type Result } from '../../values/result.js';

export type Finding = {
  readonly id: Id<'finding'>;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  readonly name: CertificateName;
  readonly key: string;
  /** Of the newest check that showed it. */
  readonly diagnosis: Diagnosis;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  /** Absent: it is open. */
  readonly resolvedAt?: Instant;
};

/** A whole check that saw the site says what is there no more; a part of one (a sweep's handshake, a check that met nobody) only what is. */
export type Extent = 'WHOLE' | 'PART';

type Settling = {
  readonly opened: readonly { readonly key: string; readonly diagnosis: Diagnosis }[];
  readonly seenAgain: readonly { readonly id: Id<'finding'>; readonly diagnosis: Diagnosis }[];
  readonly resolved: readonly Id<'finding'>[];
};

/** `open`: those of the name. */
export function settle(open: readonly Finding[], diagnoses: readonly Diagnosis[], extent: Extent): Settling {
  const shown = byKey(diagnoses);
  const known = new Map(open.map((finding) => [finding.key, finding.id]));
  return {
    opened: [...shown].flatMap(([key, diagnosis]) => (known.has(key) ? [] : [{ key, diagnosis }])),
    seenAgain: [...shown].flatMap(([key, diagnosis]) => (known.has(key) ? [{ id: known.get(key)!, diagnosis }] : [])),
    resolved: extent === 'PART' ? [] : open.filter(({ key }) => !shown.has(key)).map(({ id }) => id),
  };
}

/** Did somebody answer with a handshake at every address? Only then a finding that is not shown is gone. */
export const extentOf = ({ addresses }: SiteCheck): Extent =>
  addresses.ok && addresses.value.length > 0 && addresses.value.every(({ baseline }) => baseline.session !== undefined) ? 'WHOLE' : 'PART';

/** One for each cause: the same at another address is the same story. What could not be found out is told apart by what that was. */
function byKey(diagnoses: readonly Diagnosis[]): ReadonlyMap<string, Diagnosis> {
  const merged = new Map<string, Diagnosis>();
  for (const diagnosis of diagnoses) {
    const key = keyOf(diagnosis);
    const before = merged.get(key);
    merged.set(key, before ? { ...before, where: together(before.where, diagnosis.where) } : diagnosis);
  }
  return merged;
}

const keyOf = ({ cause, evidence }: Diagnosis): string =>
  cause === 'COULD_NOT_FIND_OUT' && evidence['what'] !== undefined ? `${cause} ${evidence['what']}`.slice(0, 200) : cause;

const together = (one: Diagnosis['where'], other: Diagnosis['where']): Diagnosis['where'] => [
  ...new Map([...one, ...other].map((place) => [endpointText(place), place])).values(),
];

export type FindingFilterInput = {
  siteId?: string | null;
  severities?: readonly Severity[] | null;
  causes?: readonly Cause[] | null;
  whoActs?: readonly WhoActs[] | null;
  open?: boolean | null;
};
/** Absent: any. */
export type FindingFilter = {
  readonly siteId?: Id<'site'>;
  readonly severities?: readonly Severity[];
  readonly causes?: readonly Cause[];
  readonly whoActs?: readonly WhoActs[];
  readonly open?: boolean;
};

export const parseFindingFilter = ({ siteId, severities, causes, whoActs, open }: FindingFilterInput): Result<FindingFilter> =>
  allFields({
    siteId: siteId ? parseId('site', siteId) : ok(undefined),
    severities: ok(severities ?? undefined),
    causes: ok(causes ?? undefined),
    whoActs: ok(whoActs ?? undefined),
    open: ok(open ?? undefined),
  });
