/** What the causes share: how a diagnosis is put together, and what is asked of evidence again and again. */
import { covers } from '../../../values/hostname.js';
import type { Certificate } from '../../pki/certificate.js';
import type { AddressCheck } from '../check/site-check.js';
import type { Case, Place } from './case.js';
import type { Cause, Diagnosis, Repair, Severity, WhoActs } from './diagnosis.js';

type Reported = {
  readonly severity: Severity;
  readonly whoActs: WhoActs;
  readonly where: readonly Place[];
  readonly evidence?: Diagnosis['evidence'];
  readonly repair?: Repair | undefined;
};

/** `name` is always among the facts: the site's, or the address that was checked without one. */
export const report = (c: Case, cause: Cause, { evidence, repair, where, ...rest }: Reported): Diagnosis => ({
  cause,
  ...rest,
  where: where.map(({ address, port }) => ({ address, port })),
  evidence: { name: c.check.name ?? c.places[0]?.address ?? 'the site', ...evidence },
  ...(repair !== undefined && { repair }),
  alsoSeen: [],
});

/** One diagnosis for all places of which the same is true, told by the same facts. */
export function reportPlaces(
  c: Case,
  cause: Cause,
  how: Omit<Reported, 'where' | 'evidence'>,
  factsAt: (place: AddressCheck) => Diagnosis['evidence'] | undefined,
): Diagnosis[] {
  const groups = new Map<string, { where: Place[]; evidence: Diagnosis['evidence'] }>();
  for (const place of c.places) {
    const evidence = factsAt(place);
    if (evidence === undefined) continue;
    const key = JSON.stringify(evidence);
    const group = groups.get(key) ?? { where: [], evidence };
    group.where.push(place);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => report(c, cause, { ...how, ...group }));
}

/** True also where no name was asked for: then none can be wrong. */
export const coversName = (c: Case, leaf: Certificate): boolean =>
  c.check.name === undefined || leaf.names.some((covered) => covers(covered, c.check.name!));

/** A repair is the panel's, and only for sites that it serves. */
export const ifOurs = (c: Case, repair: Repair): Repair | undefined => (c.ours ? repair : undefined);

export const listed = (texts: readonly string[], most = 6): string =>
  texts.length <= most ? texts.join(', ') : `${texts.slice(0, most).join(', ')} and ${texts.length - most} more`;
