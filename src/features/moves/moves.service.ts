import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, parseId, type Id } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations, type Done } from '../../platform/mutations/mutations.service.js';
import { Access } from '../accounts/access.service.js';
import { Dependents, dependsOnIt } from '../accounts/dependents.service.js';
import { isMailServer } from '../servers/server.js';
import { Servers } from '../servers/servers.service.js';
import { HomeSites } from '../sites/home-sites.service.js';
import type { Site } from '../sites/site.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { MoveBook } from './move-book.service.js';
import type { Move } from './move.js';
import { MovesStore } from './moves.store.js';

type Changed = Result<{ move: Move; replayed: boolean }>;
type Pair = { readonly siteId: Id<'site'>; readonly serverId: Id<'server'> };

/** What callers do with moves; a worker goes on from there. */
@Injectable()
export class Moves {
  constructor(
    private readonly store: MovesStore,
    private readonly book: MoveBook,
    private readonly servers: Servers,
    private readonly siteServers: SiteServers,
    private readonly homes: HomeSites,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    dependents: Dependents,
  ) {
    dependents.register({
      on: 'site',
      dependents: async (tx, siteId) => {
        const move = await store.openOf(tx, siteId);
        return move ? [{ cause: dependsOnIt(move.id, `It is on its way to the server ${move.toServerId}.`), goesAlong: true }] : [];
      },
    });
  }

  /** MOVE_UNDER_WAY; WRONG_STATE for the home itself, for a server without an address, and for the panel's own site. */
  async begin(actor: Actor, ids: { siteId: string; serverId: string }, key: string): Promise<Changed> {
    const input = allFields({ siteId: parseId('site', ids.siteId), serverId: parseId('server', ids.serverId) });
    const allow = async ({ siteId, serverId }: Pair): Promise<Result<void>> => {
      const allowed = await this.access.require(actor, 'WRITE_SITES', 'site', [siteId]);
      return allowed.ok ? this.access.require(actor, 'WRITE_SITES', 'server', [serverId], 'USE') : allowed;
    };
    const done = await this.mutations.run({ by: actor, action: 'site.move', key, input, allow }, async (tx, { siteId, serverId }) => {
      const there = (await this.servers.togetherWith([serverId], tx)).get(serverId) ?? [];
      const locked = await this.siteServers.lock(tx, siteId, { share: false, also: [serverId, ...there] });
      if (!locked) return err(problem('NOT_FOUND', { what: 'site' }, { subject: siteId }));
      const may = await this.mayMove(tx, locked.site, serverId);
      if (!may.ok) return may;
      const now = this.clock.now();
      const move: Move = {
        ...{
          id: newId('move', now, this.random),
          accountId: locked.site.accountId,
          siteId,
          state: 'PREPARING',
          createdAt: now,
          dueAt: now,
        },
        ...{ fromServerId: locked.site.serverId, toServerId: serverId, leaving: [] },
        added: there.filter((id) => !locked.servers.includes(id)),
      };
      if (!(await this.store.insert(tx, move))) return err(problem('MOVE_UNDER_WAY', {}, { subject: siteId }));
      await this.homes.addFurther(tx, siteId, move.added);
      await this.queue.send('move.advance', { id: move.id }, { tx });
      return ok(move.id);
    });
    return this.changed(done);
  }

  /** Before the switch: as if it had never begun. WRONG_STATE afterwards. */
  cancel(actor: Actor, siteId: string, key: string): Promise<Changed> {
    return this.end(actor, siteId, { action: 'site.cancelMove', key, from: 'PREPARING' });
  }

  /** After the switch: the old servers are left now, whoever is still led there. WRONG_STATE before. */
  finish(actor: Actor, siteId: string, key: string): Promise<Changed> {
    return this.end(actor, siteId, { action: 'site.finishMove', key, from: 'DRAINING' });
  }

  /** For field resolvers: the sites were already shown to the caller. The newest of each. */
  ofSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, Move>> {
    return this.store.newestOf(siteIds);
  }

  private async mayMove(tx: Tx, { id, serverId: home, accountId, route }: Site, to: Id<'server'>): Promise<Result<void>> {
    const wrong = (state: string, needs: string) => err(problem('WRONG_STATE', { state, needs }, { subject: id }));
    if (route === 'PANEL') return wrong("the panel's own site", 'another site');
    if (home === to) return wrong('at home there', 'another server');
    const usable = await this.homes.forSiteOf(tx, accountId, to);
    if (!usable.ok) return usable;
    if (isMailServer(usable.value.kind)) return err(about('serverId', problem('INVALID_INPUT', { detail: 'a mail server is no home' })));
    const addresses = (await this.servers.addressesOf([to], tx)).get(to) ?? [];
    return addresses.length > 0 ? ok(undefined) : wrong('to a server without an address', 'a server that listens somewhere');
  }

  private async end(
    actor: Actor,
    text: string,
    { action, key, from }: { action: string; key: string; from: 'PREPARING' | 'DRAINING' },
  ): Promise<Changed> {
    const parsed = parseId('site', text);
    const input = parsed.ok ? parsed : err(about('siteId', parsed.problem));
    const allow = (siteId: Id<'site'>) => this.access.require(actor, 'WRITE_SITES', 'site', [siteId]);
    const done = await this.mutations.run({ by: actor, action, key, input, allow }, async (tx, siteId) => {
      await this.siteServers.lock(tx, siteId, { share: false });
      const move = await this.store.openOf(tx, siteId);
      if (move?.state !== from)
        return err(problem('WRONG_STATE', { state: move?.state ?? 'not moving', needs: from }, { subject: siteId }));
      await (from === 'PREPARING' ? this.book.cancel(tx, move) : this.book.finish(tx, move));
      return ok(move.id);
    });
    return this.changed(done);
  }

  private async changed(done: Result<Done>): Promise<Changed> {
    if (!done.ok) return done;
    return ok({ move: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }
}
