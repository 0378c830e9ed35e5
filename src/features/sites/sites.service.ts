import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { parseCertificateName } from '../../values/hostname.js';
import { newId, parseId } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { ServedNames } from '../domains/served-names.service.js';
import { namesInUse, parseNewSite, type NewSite, type Route, type Site, type SiteInput } from './site.js';
import { parseSiteFilter, type SiteFilterInput } from './site-filter.js';
import { SitePlaces } from './site-places.service.js';
import { SitesStore } from './sites.store.js';

/** Sites: which names a server answers for. */
@Injectable()
export class Sites implements OwnershipLoader {
  readonly kind = 'site';

  constructor(
    private readonly store: SitesStore,
    private readonly places: SitePlaces,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    served: ServedNames,
  ) {
    access.register(this);
    served.register(store);
  }

  /** `route`: only the platform itself makes the panel's own site. */
  async create(
    actor: Actor,
    input: SiteInput,
    key: string,
    { route }: { route: Route } = { route: 'NONE' },
  ): Promise<Result<{ site: Site; replayed: boolean }>> {
    const command = parseNewSite(input, actor.accountId, route);
    const allow = ({ accountId }: NewSite) => this.access.require(actor, 'WRITE_SITES', 'account', [accountId]);
    const done = await this.mutations.run({ by: actor, action: 'site.create', key, input: command, allow }, async (tx, wanted) => {
      const place = await this.places.placeFor(tx, wanted);
      if (!place.ok) return place;
      const now = this.clock.now();
      const site: Site = { ...wanted, ...place.value, id: newId('site', now, this.random), createdAt: now };
      const taken = await this.store.insert(tx, site);
      return taken.length === 0 ? ok(site.id) : err(namesInUse(taken));
    });
    if (!done.ok) return done;
    return ok({ site: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  /** The site, if it is one still; nobody deletes it until the transaction ends. */
  keep(tx: Tx, id: string): Promise<Site | undefined> {
    return this.store.keep(tx, id);
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, Site>> {
    return this.store.byIds(ids, tx);
  }

  async one(actor: Actor, id: string): Promise<Result<Site>> {
    const parsed = parseId('site', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'site', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** The site that has this name, if it is the actor's; whether somebody else has one is not told. */
  async byName(actor: Actor, text: string): Promise<Result<Site | undefined>> {
    const name = parseCertificateName(text);
    if (!name.ok) return err(about('name', name.problem));
    const site = await this.store.byName(name.value);
    // Asked also where there is none: a token without the scope is told the same either way.
    const allowed = await this.access.require(actor, 'READ', 'site', site ? [site.id] : []);
    if (!allowed.ok && allowed.problem.code !== 'NOT_FOUND') return allowed;
    return ok(allowed.ok ? site : undefined);
  }

  /** Those of the actor and of all accounts below. */
  async page(actor: Actor, request: Result<PageRequest>, input: SiteFilterInput = {}): Promise<Result<Page<Site>>> {
    if (!request.ok) return request;
    const filter = parseSiteFilter(input);
    if (!filter.ok) return err(about('filter', filter.problem));
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageBelow(actor.accountPath, request.value, filter.value)) : allowed;
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}
