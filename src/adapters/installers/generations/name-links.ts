/**
 * The sites of servers that look a certificate up while they run: a link for each, outside the generations, which always leads to the
 * certificate of the generation that is served. Moving one is seen by the next handshake; a whole generation is many moves, so that one
 * which was interrupted is found half done, and laid down whole by whoever comes next.
 */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Host, HostLink } from '../../hosts/host.js';
import { hostPath, type HostPath } from '../../hosts/host-path.js';
import type { BindingKey, Drift } from '../installer.js';
import type { NameLinks, SiteChange } from './dialect.js';
import type { Site } from './site.js';
import { linkedPath } from './tree/files.js';

/** Of folders: address, exact or wildcard, shard. */
const LEVELS = 3;

/** Where that fails in the middle, those that were moved are moved back; `goesOn: true` among the facts says that they all are. */
export async function moveLinks(host: Host, names: NameLinks, changes: readonly SiteChange[], fence?: number): Promise<Result<void>> {
  const links = (side: 'from' | 'to'): readonly HostLink[] => changes.map((change) => linkTo(names, change.key, change[side]));
  const moved = await host.move(links('to'), fence);
  if (moved.ok) return moved;
  const back = await host.move(links('from'), fence);
  return back.ok ? err({ ...moved.problem, facts: { ...moved.problem.facts, goesOn: true } }) : moved;
}

/** All of them as these sites want them, and no others. */
export async function layLinks(host: Host, names: NameLinks, sites: Iterable<Site>, fence?: number): Promise<Result<void>> {
  const wanted = new Map([...sites].map((site) => [names.linkOf(site.key), linkTo(names, site.key, site)]));
  const found = await linksBelow(host, names.folder, LEVELS);
  if (!found.ok) return found;
  const strangers = found.value.filter((link) => !wanted.has(link)).map((link) => ({ link }));
  return host.move([...wanted.values(), ...strangers], fence);
}

/**
 * Links that are gone, or lead elsewhere. One to a certificate for a name that is not among these sites may be of a site whose data were lost, and is
 * still shown: the next reload, or the deployment that brings it back, knows.
 */
export async function linkDrift(host: Host, names: NameLinks, sites: Iterable<Site>): Promise<Result<readonly Drift[]>> {
  const wanted = new Map<string, string>([...sites].map((site) => [names.linkOf(site.key), linkedPath(site)]));
  const found = await linksBelow(host, names.folder, LEVELS);
  if (!found.ok) return found;
  const drift: Drift[] = [];
  for (const link of found.value) {
    const to = await host.target(link);
    if (!to.ok && to.problem.code !== 'CHANGED_BY_HAND') return to;
    const isOfOurs = to.ok && (wanted.has(link) ? to.value === wanted.get(link) : /^(certificates|pairs)\//.test(to.value ?? ''));
    if (!isOfOurs) drift.push({ path: link, detail: 'it is not ours, or leads elsewhere', inTree: true });
  }
  const there = new Set<string>(found.value);
  for (const link of wanted.keys()) if (!there.has(link)) drift.push({ path: link, detail: 'it is gone', inTree: true });
  return ok(drift);
}

const linkTo = ({ linkOf }: NameLinks, key: BindingKey, site: Site | undefined): HostLink => ({
  link: linkOf(key),
  ...(site && { to: linkedPath(site) }),
});

async function linksBelow(host: Host, folder: HostPath, levels: number): Promise<Result<readonly HostPath[]>> {
  const names = await host.list(folder);
  if (!names.ok) return names;
  const links: HostPath[] = [];
  for (const name of names.value) {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name))
      return err(problem('CHANGED_BY_HAND', { path: `${folder}/${name.slice(0, 100)}`, detail: 'it is not ours' }));
    const path = hostPath(...folder.split('/'), name);
    const below = levels === 0 ? ok([path]) : await linksBelow(host, path, levels - 1);
    if (!below.ok) return below;
    links.push(...below.value);
  }
  return ok(links);
}
