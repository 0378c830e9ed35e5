import { Inject, Injectable } from '@nestjs/common';
import { Transactions, type Fenced, type Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Vault } from '../../platform/vault/vault.service.js';
import type { Instant } from '../../values/instant.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { mayBecome, MOST_OPEN_ORDERS, type Order, type OrderEvent } from './order.js';
import { OrdersStore, type Saved } from './orders.store.js';

/** An order as it shall be, with what its timeline tells of it. */
export type Written = { readonly order: Order; readonly events: readonly OrderEvent[] };

/** The one way in which an order is written: with its line of the timeline, its wake-ups and its key, all in one transaction. */
@Injectable()
export class OrderBook {
  constructor(
    private readonly store: OrdersStore,
    private readonly transactions: Transactions,
    private readonly vault: Vault,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  async read(id: string): Promise<Order | undefined> {
    return (await this.store.byIds([id])).get(id);
  }

  /** Ids of orders that a worker should look at before `now`, those first that it was asked to look at longest ago. */
  due(now: Instant, limit: number): Promise<readonly string[]> {
    return this.store.due(now, limit);
  }

  /** The same, of those that were issued before `before` and are bound by nobody yet. */
  notHandedOn(before: Instant, now: Instant, limit: number): Promise<readonly string[]> {
    return this.store.notHandedOn(before, now, limit);
  }

  /** ORDER_UNDER_WAY where the site has an order for these names, ORDER_LIMIT_REACHED where the account has too many. */
  async open(tx: Tx, order: Order): Promise<Result<void>> {
    await this.store.lockAccount(tx, order.accountId);
    const placed = { at: order.createdAt, step: 'place', phase: 'DONE', because: 'ordered' } as const;
    const other = await this.store.insertUnlessOpen(tx, order, placed);
    if (other !== undefined) return err(problem('ORDER_UNDER_WAY', { order: other }, { subject: other }));
    if ((await this.store.countOpen(tx, order.accountId)) > MOST_OPEN_ORDERS)
      return err(problem('ORDER_LIMIT_REACHED', { limit: MOST_OPEN_ORDERS }));
    await this.queue.send('order.advance', { id: order.id }, { tx });
    return ok(undefined);
  }

  /** The order as it is now; nobody else changes it until the transaction ends. */
  lock(tx: Tx, id: string): Promise<Order | undefined> {
    return this.store.lock(tx, id);
  }

  /**
   * A worker's step, or the end of one and the beginning of the next. CLAIM_LOST where another worker took over, WRONG_STATE where the order's
   * state was changed meanwhile (a caller may cancel it). `work` as a function: what belongs into the same transaction.
   */
  async advance(claim: Fenced, before: Order, work: Written | ((tx: Tx) => Promise<Written>)): Promise<Result<Order>> {
    if (typeof work !== 'function' && !hasFollowers(before, work.order)) {
      const saved = await this.store.save(checked(before, work.order), before.state, work.events, { claim });
      return saved === 'SAVED' ? ok(work.order) : err(notSaved(saved, claim, before));
    }
    return this.transactions.run(async (tx) => {
      const { order, events } = typeof work === 'function' ? await work(tx) : work;
      const written = await this.write(tx, before, order, events);
      return written ? ok(order) : err(notSaved('MOVED', claim, before));
    }, claim);
  }

  /** False where its state is no more that of `before`. */
  async write(tx: Tx, before: Order, after: Order, events: readonly OrderEvent[]): Promise<boolean> {
    if ((await this.store.save(checked(before, after), before.state, events, { tx })) !== 'SAVED') return false;
    if (dropsKey(before, after)) await this.vault.forget(tx, before.keyItemId!);
    // What lies on the server is taken away by the worker.
    if (after.state === 'CANCELLED') await this.queue.send('order.advance', { id: after.id }, { tx });
    if (becomes('ISSUED', before, after)) await this.queue.send('certificate.issued', { id: after.id }, { tx });
    return true;
  }
}

const becomes = (state: Order['state'], before: Order, after: Order): boolean => after.state === state && before.state !== state;
const dropsKey = (before: Order, after: Order): boolean => before.keyItemId !== undefined && after.keyItemId === undefined;
/** Is there more to be written than the order and its timeline? */
const hasFollowers = (before: Order, after: Order): boolean =>
  dropsKey(before, after) || after.state === 'CANCELLED' || becomes('ISSUED', before, after);

function checked(before: Order, after: Order): Order {
  if (!mayBecome(before.state, after.state)) throw new Error(`order ${before.id} cannot become ${after.state} from ${before.state}`);
  return after;
}

const notSaved = (saved: Exclude<Saved, 'SAVED'>, { resource }: Fenced, { id, state }: Order): Problem =>
  saved === 'CLAIM_LOST'
    ? problem('CLAIM_LOST', { resource })
    : problem('WRONG_STATE', { state: 'changed meanwhile', needs: state }, { subject: id });
