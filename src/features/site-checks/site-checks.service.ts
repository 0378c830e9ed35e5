import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Actor } from '../../values/actor.js';
import { parseId } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { Sites } from '../sites/sites.service.js';
import { CheckBook } from './check-book.service.js';
import type { KeptCheck } from './kept-check.js';
import { SiteChecksStore } from './site-checks.store.js';

type StartedCheck = { readonly check: KeptCheck; readonly replayed: boolean };

/** What callers do with checks. A worker makes them. */
@Injectable()
export class SiteChecks implements OwnershipLoader {
  readonly kind = 'check';

  constructor(
    private readonly store: SiteChecksStore,
    private readonly access: Access,
    private readonly sites: Sites,
    private readonly mutations: Mutations,
    private readonly book: CheckBook,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {
    access.register(this);
  }

  /** Of its main name, and of others of which something is known to be wrong; and a handshake with each of its bindings. The first is answered. */
  async start(actor: Actor, siteId: string, key: string): Promise<Result<StartedCheck>> {
    const parsed = parseId('site', siteId);
    const input = parsed.ok ? parsed : err(about('siteId', parsed.problem));
    const allow = (id: string) => this.access.require(actor, 'WRITE_SITES', 'site', [id]);
    const done = await this.mutations.run({ by: actor, action: 'site.check', key, input, allow }, async (tx, id) => {
      const site = (await this.sites.byIds([id], tx)).get(id)!;
      const [main] = await this.book.openAll(tx, site, 'ASKED');
      await this.queue.send('site.check', { id }, { tx });
      return ok(main!);
    });
    if (!done.ok) return done;
    return ok({ check: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  async one(actor: Actor, id: string, argument = 'id'): Promise<Result<KeptCheck>> {
    const parsed = parseId('check', id);
    if (!parsed.ok) return err(about(argument, parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'check', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, KeptCheck>> {
    return this.store.byIds(ids, tx);
  }

  /** Did a check of that name before this one find it fine? */
  wasFine(check: KeptCheck): Promise<boolean> {
    return this.store.wasFine(check);
  }

  /** The newest that was asked for, of each of these sites. */
  newestAskedOf(siteIds: readonly string[]): Promise<ReadonlyMap<string, Pick<KeptCheck, 'id' | 'createdAt'>>> {
    return this.store.newestAskedOf(siteIds);
  }

  /** Those that should be under way by that time, the longest overdue first. */
  due(by: Instant, limit: number): Promise<readonly string[]> {
    return this.store.due(by, limit);
  }

  /** For field resolvers: the sites were already shown to the caller. */
  async newestOfSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, KeptCheck>> {
    const sites = [...(await this.sites.byIds(siteIds)).values()];
    return this.store.newestOfNames(sites.map(({ id: siteId, names }) => ({ siteId, name: names[0]! })));
  }

  pagesOfSites(siteIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<KeptCheck>>> {
    return this.store.pagesOfSites(siteIds, request);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}
