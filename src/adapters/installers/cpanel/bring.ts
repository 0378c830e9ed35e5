/**
 * Brings websites to what a generation has for them, or back to what was before. Each website is asked what it has, changed where that is
 * another thing, and asked again: an answer that says done is not believed, and one that was lost may have been done. Where none of the
 * two is found, somebody else was there since: that is never overwritten.
 */
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { CpanelApi } from './api/cpanel-api.js';
import type { Materials, SiteChange } from './generation-book.js';
import { fingerprintOf, type Material } from './website.js';

export type Side = 'before' | 'after';
type Bringing = {
  readonly api: CpanelApi;
  readonly materials: Materials;
  readonly side: Side;
  /** Asked right before each change. */
  readonly holds: () => Promise<Result<void>>;
};

/** CHANGED_BY_HAND where a website has neither what it had when the generation was staged nor what the generation has. Changes nothing. */
export async function findForeign(api: CpanelApi, sites: readonly SiteChange[]): Promise<Result<void>> {
  for (const site of sites) {
    const now = await fingerprintAt(api, site);
    if (!now.ok) return now;
    if (now.value !== site.before && now.value !== site.after) return foreign(site, now.value);
  }
  return ok(undefined);
}

/** The websites that are at that side now, in the order of `sites`. On the way back, those that somebody else changed are left alone, and left out. */
export async function bring(sites: readonly SiteChange[], bringing: Bringing): Promise<Result<readonly SiteChange[]>> {
  const there: SiteChange[] = [];
  for (const site of sites) {
    const brought = await bringOne(site, bringing);
    if (!brought.ok) return brought;
    if (brought.value) there.push(site);
  }
  return ok(there);
}

/** False where it is left to who has changed it. */
async function bringOne(site: SiteChange, { api, materials, side, holds }: Bringing): Promise<Result<boolean>> {
  const target = materials.get(site.servername)?.[side];
  const found = await api.material(site);
  if (!found.ok) return found;
  if (sameMaterial(found.value, target)) return ok(true);
  const now = found.value && fingerprintOf(found.value.certificate);
  if (now !== site.before && now !== site.after) return side === 'after' ? foreign(site, now) : ok(false);

  const held = await holds();
  if (!held.ok) return held;
  const done = target ? await api.install(site, target) : await api.remove(site);
  const after = await fingerprintAt(api, site);
  if (after.ok && after.value === site[side] && (done.ok || done.problem.code === 'SERVER_UNREACHABLE')) return ok(true);
  if (!done.ok) return err(at(site, done.problem));
  if (!after.ok) return after;
  return err(at(site, problem('SERVER_REFUSED', { detail: 'it says that this was done, and nothing has changed' })));
}

const foreign = ({ servername }: SiteChange, now: string | undefined): Result<never> => {
  const detail = now === undefined ? 'its certificate was taken away' : 'another certificate was installed';
  return err(problem('CHANGED_BY_HAND', { path: `the website ${servername}`, detail }));
};

async function fingerprintAt(api: CpanelApi, site: SiteChange): Promise<Result<string | undefined>> {
  const found = await api.material(site);
  return found.ok ? ok(found.value && fingerprintOf(found.value.certificate)) : found;
}

const at = ({ servername }: SiteChange, { code, facts, sub }: Problem): Problem =>
  problem(code, { ...facts, detail: `${servername}: ${String(facts['detail'])}` }, { sub });

/** cPanel may order the CA bundle anew: what counts is what is in it. */
function sameMaterial(one: Material | undefined, other: Material | undefined): boolean {
  if (!one || !other) return one === other;
  return fingerprintOf(one.certificate) === fingerprintOf(other.certificate) && blocksOf(one.chain) === blocksOf(other.chain);
}

const blocksOf = (chain: string): string =>
  (chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .map((block) => block.replace(/\s/g, ''))
    .sort()
    .join();
