import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Prisma, type Order as Row, type OrderEvent as EventRow } from '../../platform/database/generated/client.js';
import { pagesOfEach, toPage } from '../../platform/database/keyset-page.js';
import { ownedIds, ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import { heldBy, type Fenced, type Tx } from '../../platform/database/transaction.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Problem } from '../../values/problems/problem.js';
import type { ChallengeCheck } from './challenge-check.js';
import { ORDER_STATES, SETTLED, type CaView, type Order, type OrderEvent, type OrderState, type PresentedFile } from './order.js';
import type { OrderFilter } from './order-filter.js';
import { nameSetOf } from './place-order.js';

export type Saved = 'SAVED' | 'MOVED' | 'CLAIM_LOST';

/** Older ones have expired long ago. */
const MOST_ISSUED = 50;

@Injectable()
export class OrdersStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Until the transaction ends, nobody else opens an order of the account: they would be counted too low. */
  async lockAccount(tx: Tx, accountId: string): Promise<void> {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`orders of ${accountId}`}, 0))`;
  }

  /** The id of the order that the site has open for these names, where there is one; then nothing is written. */
  async insertUnlessOpen(tx: Tx, order: Order, { at, step, phase, because }: OrderEvent): Promise<string | undefined> {
    const { state, attempts, wakeAt } = order;
    const data = { ...identity(order), state, attempts, wakeAt: toDate(wakeAt) };
    for (;;) {
      const { count } = await tx.order.createMany({ data, skipDuplicates: true });
      if (count === 1) {
        await tx.orderEvent.createMany({ data: [{ orderId: order.id, at: toDate(at), step, phase, because }] });
        return undefined;
      }
      const { siteId, nameSet } = data;
      const [open] = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM orders WHERE site_id = ${siteId} AND name_set = ${nameSet} AND ${IS_OPEN}`;
      if (open) return open.id;
      // It was settled between the two statements, so that there is room now.
    }
  }

  /** Ids of those under way for a site; some of them. */
  async openOfSite(tx: Tx, siteId: string, limit: number): Promise<readonly string[]> {
    const rows = await tx.$queryRaw<
      { id: string }[]
    >`SELECT id FROM orders WHERE site_id = ${siteId} AND ${IS_OPEN} ORDER BY id LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  }

  async countOpen(tx: Tx, accountId: string): Promise<number> {
    const rows = await tx.$queryRaw<{ open: bigint }[]>`SELECT count(*) AS open FROM orders WHERE account_id = ${accountId} AND ${IS_OPEN}`;
    return Number(rows[0]!.open);
  }

  /**
   * Writes what moves of an order, and its timeline, in one statement; what was ordered never changes. Nothing is written where its state is no
   * more `from` (MOVED), or the claim is another's.
   */
  async save(
    order: Order,
    from: OrderState,
    events: readonly OrderEvent[],
    { tx, claim }: { tx?: Tx; claim?: Fenced } = {},
  ): Promise<Saved> {
    const { state, keyItemId, csr, placingSince, view, presented, check, attempts, certificateId, problem, wakeAt, finishedAt } =
      progress(order);
    const told = JSON.stringify(events.map(({ at, ...event }) => ({ ...event, at: toDate(at) })));
    const [row] = await (tx ?? this.prisma).$queryRaw<{ held: boolean; saved: boolean }[]>`
      WITH held AS (${claim ? heldBy(claim) : Prisma.sql`SELECT 1`}),
      saved AS (
        UPDATE orders SET state = ${state}, key_item_id = ${keyItemId}, csr = ${csr}, placing_since = ${placingSince}, locator = ${order.view?.locator},
          view = ${text(view)}::jsonb, presented = ${text(presented)}::jsonb, challenge_check = ${text(check)}::jsonb, attempts = ${attempts},
          certificate_id = ${certificateId}, problem = ${text(problem)}::jsonb, wake_at = ${wakeAt}, finished_at = ${finishedAt}
        WHERE id = ${order.id} AND state = ${from} AND EXISTS (SELECT 1 FROM held) RETURNING id),
      told AS (
        INSERT INTO order_events (order_id, at, step, phase, because, problem)
          SELECT saved.id, event.at, event.step, event.phase, event.because, event.problem
          FROM saved, ROWS FROM (jsonb_to_recordset(${told}::jsonb)
            AS (at timestamptz, step text, phase text, because text, problem jsonb)) WITH ORDINALITY AS event (at, step, phase, because, problem, n)
          ORDER BY event.n)
      SELECT EXISTS (SELECT 1 FROM held) AS held, EXISTS (SELECT 1 FROM saved) AS saved`;
    if (!row!.held) return 'CLAIM_LOST';
    return row!.saved ? 'SAVED' : 'MOVED';
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Order>> {
    const rows = await tx.order.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toOrder(row)]));
  }

  /** Locks the row, so that a caller's change and a worker's step do not overwrite each other. */
  async lock(tx: Tx, id: string): Promise<Order | undefined> {
    await tx.$queryRaw`SELECT 1 FROM orders WHERE id = ${id} FOR UPDATE`;
    return (await this.byIds([id], tx)).get(id);
  }

  async page(accountPath: string, request: PageRequest, { states, siteId, name }: OrderFilter): Promise<Page<Order>> {
    const further = [
      ...(states ? [Prisma.sql`state = ANY(${[...states]})`] : []),
      ...(siteId ? [Prisma.sql`site_id = ${siteId}`] : []),
      ...(name ? [Prisma.sql`names @> ${[name]}::text[]`] : []),
    ];
    const and = further.length > 0 ? Prisma.sql`AND ${Prisma.join(further, ' AND ')}` : Prisma.empty;
    const ids = await ownedIds(this.prisma, 'orders', accountPath, request, and);
    return toPage([...(await this.byIds(ids)).values()], request);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'orders', ids);
  }

  pagesOfSites(siteIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<Order>>> {
    return pagesOfEach(this.prisma, { table: 'orders', parent: 'site_id' }, siteIds, request, (ids) => this.byIds(ids));
  }

  async newestOf(siteId: string): Promise<Order | undefined> {
    const row = await this.prisma.order.findFirst({ where: { siteId }, orderBy: { id: 'desc' } });
    return row ? toOrder(row) : undefined;
  }

  async issuedFor(siteId: string): Promise<readonly Id<'certificate'>[]> {
    const where = { siteId, certificateId: { not: null } };
    const rows = await this.prisma.order.findMany({ where, orderBy: { id: 'desc' }, take: MOST_ISSUED, select: { certificateId: true } });
    return rows.map(({ certificateId }) => certificateId as Id<'certificate'>);
  }

  async newestOfSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, Order>> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT DISTINCT ON (site_id) id FROM orders WHERE site_id = ANY(${[...siteIds]}) ORDER BY site_id, id DESC`;
    const orders = await this.byIds(rows.map((row) => row.id));
    return new Map([...orders.values()].map((order) => [order.siteId, order]));
  }

  /**
   * Ids of orders that a worker should look at: not settled, or settled with files still laid down; due before `now`. Each answer
   * begins with those that were not in one for the longest time, so that some that never come to rest do not keep the others waiting.
   */
  due(now: Instant, limit: number): Promise<readonly string[]> {
    return this.sweep(Prisma.sql`(${IS_OPEN} OR presented <> '[]') AND wake_at <= ${toDate(now)}`, now, limit);
  }

  async markHandedOn(tx: Tx, id: string, at: Instant): Promise<void> {
    await tx.order.updateMany({ where: { id, handedOnAt: null }, data: { handedOnAt: toDate(at) } });
  }

  /** Issued before `before`, and bound by nobody yet; those first that were told of longest ago. */
  notHandedOn(before: Instant, now: Instant, limit: number): Promise<readonly string[]> {
    const condition = Prisma.sql`state = 'ISSUED' AND handed_on_at IS NULL AND finished_at < ${toDate(before)}`;
    return this.sweep(condition, now, limit);
  }

  private async sweep(condition: Prisma.Sql, now: Instant, limit: number): Promise<readonly string[]> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      UPDATE orders SET swept_at = ${toDate(now)} WHERE id IN (
        SELECT id FROM orders WHERE ${condition} ORDER BY swept_at NULLS FIRST, id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id`;
    return rows.map((row) => row.id);
  }

  async events(orderIds: readonly string[]): Promise<ReadonlyMap<string, readonly OrderEvent[]>> {
    const rows = await this.prisma.orderEvent.findMany({ where: { orderId: { in: [...orderIds] } }, orderBy: { id: 'asc' } });
    const byOrder = new Map<string, OrderEvent[]>(orderIds.map((id) => [id, []]));
    for (const row of rows) byOrder.get(row.orderId)?.push(toEvent(row));
    return byOrder;
  }

  async ofCertificates(certificateIds: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Order>> {
    const rows = await tx.order.findMany({ where: { certificateId: { in: [...certificateIds] } } });
    return new Map(rows.map((row) => [row.certificateId!, toOrder(row)]));
  }

  /** Of these certificates those that a later order of their site, for the same names, has brought a successor. */
  async superseded(certificateIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT old.certificate_id AS id FROM orders AS old WHERE old.certificate_id = ANY(${[...certificateIds]}) AND EXISTS (
        SELECT 1 FROM orders AS new WHERE new.site_id = old.site_id AND new.name_set = old.name_set AND new.id > old.id
          AND new.certificate_id IS NOT NULL
          AND (split_part(new.key_algorithm, '_', 1) = split_part(old.key_algorithm, '_', 1) OR NOT (new.beside OR old.beside)))`;
    return new Set(rows.map(({ id }) => id));
  }
}

/** Spelled out, as the partial indexes have it: with parameters in it, the planner could not know that they apply. */
const IS_OPEN = Prisma.raw(
  `state IN (${ORDER_STATES.filter((state) => !SETTLED.includes(state))
    .map((state) => `'${state}'`)
    .join(', ')})`,
);

function identity(order: Order) {
  const { id, accountId, siteId, productId, issuerId, level, names, keyAlgorithm, beside, price, createdAt, deadline, replacesId } = order;
  const money = { minor: price.minor, currency: price.currency };
  return {
    id,
    accountId,
    siteId,
    productId,
    issuerId,
    level,
    names: [...names],
    nameSet: createHash('sha256').update(nameSetOf(names)).digest('hex'),
    keyAlgorithm,
    beside,
    ...money,
    createdAt: toDate(createdAt),
    deadline: toDate(deadline),
    replacesId: replacesId ?? null,
  };
}

/** What moves of an order, as PostgreSQL takes it; the JSON of it as it is. */
function progress(order: Order) {
  const { state, keyItemId, csr, placingSince, view, presented, check, attempts, certificateId, problem, wakeAt, finishedAt } = order;
  return {
    ...{ state, view, presented, check, attempts, problem },
    keyItemId: keyItemId ?? null,
    csr: csr ? new Uint8Array(csr) : null,
    placingSince: placingSince === undefined ? null : toDate(placingSince),
    certificateId: certificateId ?? null,
    wakeAt: toDate(wakeAt),
    finishedAt: finishedAt === undefined ? null : toDate(finishedAt),
  };
}

const text = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const toOrder = ({ locator: _, handedOnAt: __, nameSet: ___, sweptAt: ____, ...row }: Row): Order =>
  ({
    ...row,
    price: { minor: row.minor, currency: row.currency },
    keyItemId: row.keyItemId ?? undefined,
    csr: row.csr ?? undefined,
    placingSince: row.placingSince ? fromDate(row.placingSince) : undefined,
    view: (row.view as CaView | null) ?? undefined,
    presented: row.presented as unknown as PresentedFile[],
    check: (row.check as ChallengeCheck | null) ?? undefined,
    certificateId: row.certificateId ?? undefined,
    replacesId: row.replacesId ?? undefined,
    problem: (row.problem as Problem | null) ?? undefined,
    deadline: fromDate(row.deadline),
    wakeAt: fromDate(row.wakeAt),
    createdAt: fromDate(row.createdAt),
    finishedAt: row.finishedAt ? fromDate(row.finishedAt) : undefined,
  }) as unknown as Order;

const toEvent = ({ at, step, phase, because, problem }: EventRow): OrderEvent =>
  ({ at: fromDate(at), step, phase, because, problem: (problem as Problem | null) ?? undefined }) as OrderEvent;
