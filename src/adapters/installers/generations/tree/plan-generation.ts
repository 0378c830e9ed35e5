/** From what is wanted and what is served to the sites of the next generation, by shard. Pure. */
import { parseCertificateName } from '../../../../values/hostname.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { bindingKeyText, type BindingKey, type Change } from '../../installer.js';
import type { Dialect } from '../dialect.js';
import { certificateId, type Site } from '../site.js';

type ShardOf = (key: BindingKey) => string;

/** DUPLICATE for a binding that is named twice; INVALID_INPUT for one that cannot be served here. */
export function checkChange(change: Change, { answersAt, title, names }: Pick<Dialect, 'answersAt' | 'title' | 'names'>): Result<void> {
  const named = new Set<string>();
  for (const key of keysOf(change)) {
    const text = bindingKeyText(key);
    if (named.has(text)) return err(problem('DUPLICATE', { text }));
    named.add(text);
  }
  for (const { key, certificates, route } of change.put) {
    const refuse = (why: string) => err(problem('INVALID_INPUT', { detail: `${bindingKeyText(key).slice(0, 300)} ${why}` }));
    const name = parseCertificateName(key.name);
    if (!name.ok || name.value !== key.name) return refuse('is for no host name in its normal form');
    if (!answersAt(key)) return refuse(`is at an address and port where ${title} does not listen for us`);
    if (certificates.length === 0) return refuse('has no certificate');
    if (names && certificates.length > 2) return refuse('has more than two certificates, of which no server by name can choose');
    if (certificates.some(({ fingerprint }) => !/^[0-9a-f]{64}$/.test(fingerprint))) return refuse('has a fingerprint that is none');
    if (route !== 'NONE') return refuse('leads to the panel, which only the embedded edge can reach');
  }
  return ok(undefined);
}

export const shardsOf = (change: Change, shardOf: ShardOf): ReadonlySet<string> => new Set(keysOf(change).map(shardOf));

/** The sites after a change, by shard, each in the order of its keys. `served` are those of the shards that it touches, or of more. */
export function sitesAfter(change: Change, served: Iterable<Site>, shardOf: ShardOf): ReadonlyMap<string, readonly Site[]> {
  const sites = new Map([...served].map((site) => [bindingKeyText(site.key), site]));
  for (const key of change.remove) sites.delete(bindingKeyText(key));
  for (const { key, certificates } of change.put) sites.set(bindingKeyText(key), { key, certificates: certificates.map(certificateId) });
  const sorted = [...sites].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, site]) => site);
  return Map.groupBy(sorted, ({ key }) => shardOf(key));
}

const keysOf = ({ put, remove }: Change): readonly BindingKey[] => [...put.map(({ key }) => key), ...remove];
