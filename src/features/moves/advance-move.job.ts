import { Inject, Injectable } from '@nestjs/common';
import { RESOLVER, type Resolver } from '../../adapters/network/resolver.js';
import { Transactions } from '../../platform/database/transaction.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { plus } from '../../values/instant.js';
import { ok, unwrap } from '../../values/result.js';
import { askedFor } from '../bindings/binding.js';
import { Convergences } from '../health/convergences.service.js';
import { tlsPlaces } from '../servers/address.js';
import { Servers } from '../servers/servers.service.js';
import type { Site } from '../sites/site.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { Sites } from '../sites/sites.service.js';
import { isReady, LEFT_AGAIN, leftSince, READY_AGAIN, type Led, type Move } from './move.js';
import { MoveBook } from './move-book.service.js';
import { MovesStore } from './moves.store.js';

/** Takes a move one turn further, where it is ready for it. Looks first, and looks at the move again where it writes: twice is once. */
@Injectable()
export class AdvanceMoveJob implements JobHandler {
  readonly name = 'move.advance';
  readonly concurrency = 2;

  constructor(
    private readonly store: MovesStore,
    private readonly book: MoveBook,
    private readonly sites: Sites,
    private readonly siteServers: SiteServers,
    private readonly servers: Servers,
    private readonly convergences: Convergences,
    @Inject(RESOLVER) private readonly resolver: Resolver,
    private readonly transactions: Transactions,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const move = (await this.store.byIds([id])).get(id);
    const site = move && (await this.sites.byIds([move.siteId])).get(move.siteId);
    if (!move || !site || move.finishedAt !== undefined) return;
    if (site.deletedAt !== undefined) await this.write(move, (tx, now) => this.book.cancel(tx, now));
    else if (move.state === 'PREPARING') await this.prepare(move, site);
    else await this.drain(move, site);
  }

  private async prepare(move: Move, { accountId }: Site): Promise<void> {
    const there = (await this.servers.togetherWith([move.toServerId])).get(move.toServerId) ?? [];
    const rows = (await this.convergences.ofSites([move.siteId])).get(move.siteId) ?? [];
    // One that listens nowhere for this account is none to wait for.
    const addresses = [...(await this.servers.addressesOf(there)).values()].flat();
    const listening = new Set(tlsPlaces(addresses, accountId).map(({ serverId }) => serverId));
    const looked = [...listening].every((id) => rows.some(({ serverId }) => serverId === id));
    if (listening.has(move.toServerId) && looked && isReady(rows, there)) {
      await this.write(move, async (tx, now, locked) => {
        if (locked) await this.book.switchHome(tx, now, locked, there);
      });
      return;
    }
    await this.write(move, (tx, now) => this.store.save(tx, { ...now, dueAt: plus(this.clock.now(), READY_AGAIN) }));
    await this.jobs.sendLater(this.name, { id: move.id }, READY_AGAIN);
  }

  private async drain(move: Move, site: Site): Promise<void> {
    const staying = ((await this.siteServers.ofSites([site])).get(site.id) ?? []).filter((id) => !move.leaving.includes(id));
    const addresses = await this.servers.addressesOf(staying);
    const ours = new Set([...addresses.values()].flat().map(({ ip }) => ip));
    const led = await this.whereTheyLead(site);
    await this.write(move, (tx, now) => {
      const { since, over } = leftSince(now, led, ours, this.clock.now());
      if (over) return this.book.finish(tx, now);
      const { leftSince: _, ...rest } = now;
      return this.store.save(tx, { ...rest, ...(since !== undefined && { leftSince: since }), dueAt: plus(this.clock.now(), LEFT_AGAIN) });
    });
  }

  private async whereTheyLead({ names }: Site): Promise<Led> {
    const found = await Promise.all(names.map((name) => this.resolver.addresses(askedFor(name))));
    return new Map(
      names.map((name, index) => {
        const answer = found[index]!;
        if (answer.ok) return [name, answer.value];
        return [name, answer.problem.code === 'NAME_DOES_NOT_RESOLVE' ? [] : undefined];
      }),
    );
  }

  /** With the move as it is then, if it is where it was. `locked`: the site with its servers; undefined where it is deleted. */
  private async write(
    move: Move,
    turn: (tx: Parameters<MoveBook['finish']>[0], now: Move, locked: Awaited<ReturnType<SiteServers['lock']>>) => Promise<void>,
  ): Promise<void> {
    unwrap(
      await this.transactions.run(async (tx) => {
        const locked = await this.siteServers.lock(tx, move.siteId, { share: false, also: [move.toServerId] });
        const now = await this.store.openOf(tx, move.siteId);
        if (now?.id === move.id && now.state === move.state) await turn(tx, now, locked);
        return ok(undefined);
      }),
    );
  }
}
