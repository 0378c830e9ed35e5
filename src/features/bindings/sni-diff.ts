/** What a change makes of an SNI map. */
import { findingKey, type SniFinding } from './sni-findings.js';
import { entryKey, type SniEntry, type SniMap } from './sni-map.js';

export type SniDiff = {
  readonly added: readonly SniEntry[];
  readonly changed: readonly { readonly from: SniEntry; readonly to: SniEntry }[];
  readonly removed: readonly SniEntry[];
};

/** Two maps without conflicts. An entry is changed where other certificates, or another site, stand at its place under its name. */
export function diffMaps(before: SniMap, after: SniMap): SniDiff {
  const was = new Map(before.entries.map((entry) => [entryKey(entry, entry.name), entry]));
  const is = new Map(after.entries.map((entry) => [entryKey(entry, entry.name), entry]));
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
