/** The site with these names: the one that is there, or a new one, with the domains that it needs. */
import { isWithin, type Hostname } from '../../values/hostname.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Failure } from '../exit-codes.js';
import type { Api } from '../platform/api.js';
import type { ToldProblem } from '../told-problem.js';
import { idempotencyKey } from './idempotency-key.js';
import { ADD_DOMAIN, CREATE_SITE, SITE_BY_NAME, type SiteView } from './site-view.js';

/** `added`: the domains that were made for it. */
export type EnsuredSite = { readonly site: SiteView; readonly created: boolean; readonly added: readonly Hostname[] };

export async function ensureSite(api: Api, names: readonly Hostname[]): Promise<Result<EnsuredSite, Failure>> {
  const known = await api.ask<{ site: SiteView | null }>(SITE_BY_NAME, { name: names[0] });
  if (!known.ok) return known;
  const { site } = known.value;
  if (site && names.every((name) => site.names.includes(name))) return ok({ site, created: false, added: [] });

  const created = await create(api, names);
  if (created.ok) return ok({ site: created.value, created: true, added: [] });
  // The platform says which names lack a domain: whose domain counts is its rule, not ours.
  const added = topmost(names.filter((name) => codesAbout(created.problem.problem, name).includes('NAME_NOT_COVERED')));
  if (added.length === 0) return created;
  for (const name of added) {
    const domain = await api.change(ADD_DOMAIN, { input: { name }, key: idempotencyKey('domain', name) });
    if (!domain.ok) return err({ ...domain.problem, problem: { ...domain.problem.problem, subject: name } });
  }
  const again = await create(api, names);
  return again.ok ? ok({ site: again.value, created: true, added }) : again;
}

async function create(api: Api, names: readonly Hostname[]): Promise<Result<SiteView, Failure>> {
  const made = await api.change<{ site: SiteView }>(CREATE_SITE, { input: { names }, key: idempotencyKey('site', ...names) });
  return made.ok ? ok(made.value.site) : made;
}

/** No more is claimed than was asked for: the names themselves, without those within another of them. */
const topmost = (names: readonly Hostname[]): Hostname[] =>
  names.filter((name) => !names.some((other) => other !== name && isWithin(name, other)));

const codesAbout = (problem: ToldProblem, name: Hostname): string[] => [
  ...(problem.subject === name ? [problem.code] : []),
  ...(problem.sub ?? []).flatMap((part) => codesAbout(part, name)),
];
