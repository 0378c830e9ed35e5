/** What a change means on this server, and what has to be kept to take it back: asked of cPanel, where nothing is changed by it. */
import { ok, type Result } from '../../../values/result.js';
import { bindingKeyText, type Change } from '../installer.js';
import type { CpanelApi } from './api/cpanel-api.js';
import type { KeptGeneration, Materials, Refusal, SiteChange } from './generation-book.js';
import { aimOf, sitesOf } from './plan-generation.js';
import { fingerprintOf, isWhole, type Material } from './website.js';

type Plan = { readonly generation: Pick<KeptGeneration, 'sites' | 'refusals'>; readonly materials: Materials };

export async function planFor(api: CpanelApi, change: Change): Promise<Result<Plan>> {
  const websites = await api.websitesOf([...change.put.map(({ key }) => key.name), ...change.remove.map(({ name }) => name)]);
  if (!websites.ok) return websites;
  const { sites, refusals: homeless } = sitesOf(change, websites.value);
  const changes: SiteChange[] = [];
  const refusals: Refusal[] = [...homeless];
  const materials = new Map<string, { before?: Material; after?: Material }>();
  for (const site of sites) {
    const before = await api.material(site.website);
    if (!before.ok) return before;
    const aim = aimOf(site, before.value);
    refusals.push(...aim.refusals);
    if (aim.aim.do === 'keep') continue;
    const { user, servername, names } = site.website;
    const keys = [...site.puts.map(({ key }) => key), ...site.removes];
    if (before.value && !isWhole(before.value)) {
      const why = `the private key of what is installed for ${servername} cannot be had, so it could not be brought back`;
      refusals.push(...keys.map((key) => ({ subject: bindingKeyText(key), why })));
      continue;
    }
    const after = aim.aim.do === 'put' ? aim.aim : undefined;
    changes.push({
      ...{ user, servername, names, keys },
      before: before.value && fingerprintOf(before.value.certificate),
      after: after?.fingerprint,
    });
    materials.set(servername, { before: before.value, after: after?.after });
  }
  return ok({ generation: { sites: changes, refusals }, materials });
}
