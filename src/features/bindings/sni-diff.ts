/** A change of an SNI map, and what it makes of it. Who asks: whoever wants to see a change before it is made. */
import type { CertificateOutline } from '../certificates/certificate.js';
import type { Site } from '../sites/site.js';
import { shownAfter, type Wanted } from './binding.js';
import { findingKey, type SniFinding } from './sni-findings.js';
import { placeKey, type SniEntry, type SniMap } from './sni-map.js';

type Where = Pick<Wanted, 'ip' | 'port' | 'name'>;
const keyOf = (where: Where): string => `${placeKey(where)} ${where.name}`;

/** As bindings are made: at each place that is wanted, but where a newer certificate of the site is bound; of a pair the one of its family is replaced. */
export function withBound(
  map: SniMap,
  { id: siteId, accountId }: Pick<Site, 'id' | 'accountId'>,
  wanted: readonly Where[],
  certificate: CertificateOutline,
): SniMap {
  const entries = new Map(map.entries.map((entry) => [keyOf(entry), entry]));
  for (const place of wanted) {
    const key = keyOf(place);
    const [first, companion] = entries.get(key)?.certificates ?? [];
    const shown = first ? shownAfter(certificate, false, { certificate: first, ...(companion && { companion }) }) : { certificate };
    if (!shown) continue;
    const { ip, port, name } = place;
    const certificates = [shown.certificate, ...(shown.companion ? [shown.companion] : [])];
    entries.set(key, { ip, port, name, siteId, accountId, certificates });
  }
  return { places: map.places, entries: [...entries.values()] };
}

export const withoutSite = ({ places, entries }: SniMap, siteId: string): SniMap => ({
  places,
  entries: entries.filter((entry) => entry.siteId !== siteId),
});

export type SniDiff = {
  readonly added: readonly SniEntry[];
  readonly changed: readonly { readonly from: SniEntry; readonly to: SniEntry }[];
  readonly removed: readonly SniEntry[];
};

/** Two maps without conflicts. An entry is changed where other certificates, or another site, stand at its place under its name. */
export function diffMaps(before: SniMap, after: SniMap): SniDiff {
  const was = new Map(before.entries.map((entry) => [keyOf(entry), entry]));
  const is = new Map(after.entries.map((entry) => [keyOf(entry), entry]));
  return {
    added: [...is].flatMap(([key, entry]) => (was.has(key) ? [] : [entry])),
    changed: [...is].flatMap(([key, to]) => {
      const from = was.get(key);
      return from && whatAnswers(from) !== whatAnswers(to) ? [{ from, to }] : [];
    }),
    removed: [...was].flatMap(([key, entry]) => (is.has(key) ? [] : [entry])),
  };
}

const whatAnswers = ({ siteId, certificates }: SniEntry): string => `${siteId} ${certificates.map(({ id }) => id).sort().join(' ')}`; // prettier-ignore

/** Those that were not there before, be it at other places. */
export function newFindings(before: readonly SniFinding[], after: readonly SniFinding[]): readonly SniFinding[] {
  const known = new Set(before.map(findingKey));
  return after.filter((finding) => !known.has(findingKey(finding)));
}
