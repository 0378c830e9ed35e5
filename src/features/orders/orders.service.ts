import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { parseId, type Id } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { Dependents } from '../accounts/dependents.service.js';
import { OrderBook } from './order-book.service.js';
import { OrderDraft } from './order-draft.service.js';
import { parseOrderFilter, type OrderFilterInput } from './order-filter.js';
import { CANCELLABLE, settled, type Order, type OrderEvent } from './order.js';
import { OrdersStore } from './orders.store.js';
import { parsePlaceOrder, type PlaceOrder, type PlaceOrderInput } from './place-order.js';

export type OrderChange = { readonly order: Order; readonly replayed: boolean };

/** What callers do with orders. No call waits for a CA or a server: a worker goes on from here. */
@Injectable()
export class Orders implements OwnershipLoader {
  readonly kind = 'order';

  constructor(
    private readonly store: OrdersStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    private readonly draft: OrderDraft,
    private readonly book: OrderBook,
    @Inject(CLOCK) private readonly clock: Clock,
    dependents: Dependents,
  ) {
    access.register(this);
    dependents.register({
      on: 'site',
      dependents: async (tx, id, limit) =>
        (await store.openOfSite(tx, id, limit)).map((order) => ({
          cause: problem('ORDER_UNDER_WAY', { order }, { subject: order }),
          goesAlong: false,
        })),
    });
  }

  async place(actor: Actor, input: PlaceOrderInput, key: string): Promise<Result<OrderChange>> {
    const command = parsePlaceOrder(input);
    const allow = ({ siteId }: PlaceOrder) => this.access.require(actor, 'WRITE_ORDERS', 'site', [siteId]);
    const done = await this.mutations.run({ by: actor, action: 'order.place', key, input: command, allow }, async (tx, wanted) => {
      const order = await this.draft.of(tx, wanted);
      if (!order.ok) return order;
      const opened = await this.book.open(tx, order.value);
      return opened.ok ? ok(order.value.id) : opened;
    });
    return this.changed(done);
  }

  /** Ends an order that nothing was issued for yet. */
  async cancel(actor: Actor, id: string, key: string): Promise<Result<OrderChange>> {
    const parsed = parseId('order', id);
    const input = parsed.ok ? parsed : err(about('id', parsed.problem));
    const allow = (orderId: string) => this.access.require(actor, 'WRITE_ORDERS', 'order', [orderId]);
    const done = await this.mutations.run({ by: actor, action: 'order.cancel', key, input, allow }, async (tx, orderId) => {
      const order = (await this.book.lock(tx, orderId))!;
      if (order.state === 'CANCELLED') return ok(orderId);
      if (!CANCELLABLE.includes(order.state))
        return err(problem('WRONG_STATE', { state: order.state, needs: CANCELLABLE.join(', ') }, { subject: orderId }));
      const now = this.clock.now();
      const event = { at: now, step: 'cancel', phase: 'DONE', because: 'cancelled by the account' } as const;
      await this.book.write(tx, order, settled(order, 'CANCELLED', undefined, now), [event]);
      return ok(orderId);
    });
    return this.changed(done);
  }

  private async changed(done: Result<{ id: string; replayed: boolean }>): Promise<Result<OrderChange>> {
    if (!done.ok) return done;
    return ok({ order: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  async one(actor: Actor, id: string): Promise<Result<Order>> {
    const parsed = parseId('order', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'order', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** Orders of the actor's account and all below it, oldest first. */
  async page(actor: Actor, request: Result<PageRequest>, input: OrderFilterInput = {}): Promise<Result<Page<Order>>> {
    if (!request.ok) return request;
    const filter = parseOrderFilter(input);
    if (!filter.ok) return err(about('filter', filter.problem));
    const allowed = this.access.scope(actor, 'READ');
    if (!allowed.ok) return allowed;
    return ok(await this.store.page(actor.accountPath, request.value, filter.value));
  }

  /** For field resolvers: the sites were already shown to the caller. */
  pagesOfSites(siteIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<Order>>> {
    return this.store.pagesOfSites(siteIds, request);
  }

  /** Certificates that were issued for a site, the newest first. */
  issuedFor(siteId: string): Promise<readonly Id<'certificate'>[]> {
    return this.store.issuedFor(siteId);
  }

  /** The order placed last for a site. */
  newestOf(siteId: string): Promise<Order | undefined> {
    return this.store.newestOf(siteId);
  }

  newestOfSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, Order>> {
    return this.store.newestOfSites(siteIds);
  }

  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Order>> {
    return this.store.byIds(ids);
  }

  /** What was issued is bound now, in the same transaction: nobody has to be told again. */
  handedOn(tx: Tx, id: string): Promise<void> {
    return this.store.markHandedOn(tx, id, this.clock.now());
  }

  ofCertificates(ids: readonly string[]): Promise<ReadonlyMap<string, Order>> {
    return this.store.ofCertificates(ids);
  }

  superseded(certificateIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.store.superseded(certificateIds);
  }

  events(ids: readonly string[]): Promise<ReadonlyMap<string, readonly OrderEvent[]>> {
    return this.store.events(ids);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}
