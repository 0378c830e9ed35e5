import { Injectable } from '@nestjs/common';
import { Prisma, type Repair as Row } from '../../platform/database/generated/client.js';
import { pagesOfEach } from '../../platform/database/keyset-page.js';
import { ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Repair } from './repair.js';

/** Rows deleted in one go. */
const MOST_FORGOTTEN = 5_000;

@Injectable()
export class RepairsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** The one of that finding that is under way then: this one, or the one that was there. */
  async insertOnce(tx: Tx, repair: Repair): Promise<string> {
    await tx.repair.createMany({ data: [toRow(repair)], skipDuplicates: true });
    return (await tx.repair.findFirstOrThrow({ where: { findingId: repair.findingId, finishedAt: null } })).id;
  }

  async save(tx: Tx, repair: Repair): Promise<void> {
    const { id, ...data } = toRow(repair);
    await tx.repair.update({ where: { id }, data });
  }

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Repair>> {
    const rows = await this.prisma.repair.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toRepair(row)]));
  }

  pagesOfFindings(findingIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<Repair>>> {
    return pagesOfEach(this.prisma, { table: 'repairs', parent: 'finding_id' }, findingIds, request, (ids) => this.byIds(ids));
  }

  async waitingForCheck(checkId: string): Promise<readonly string[]> {
    const where = { finishedAt: null, waitsFor: { path: ['checkId'], equals: checkId } };
    return (await this.prisma.repair.findMany({ where, select: { id: true } })).map(({ id }) => id);
  }

  async openOfSite(tx: Tx, siteId: string, limit: number): Promise<readonly string[]> {
    return (await tx.repair.findMany({ where: { siteId, finishedAt: null }, take: limit, select: { id: true } })).map(({ id }) => id);
  }

  async due(now: Instant, limit: number): Promise<readonly string[]> {
    const where = { finishedAt: null, wakeAt: { lte: toDate(now) } };
    const rows = await this.prisma.repair.findMany({ where, orderBy: { wakeAt: 'asc' }, take: limit, select: { id: true } });
    return rows.map(({ id }) => id);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'repairs', ids);
  }

  async forgetEndedBefore(at: Instant): Promise<void> {
    await this.prisma.$executeRaw`
      DELETE FROM repairs WHERE id = ANY(ARRAY(
        SELECT id FROM repairs WHERE finished_at < ${toDate(at)} ORDER BY finished_at LIMIT ${MOST_FORGOTTEN}))`;
  }
}

const toRow = ({ askedBy, waitsFor, orderId, problem, createdAt, wakeAt, finishedAt, ...repair }: Repair) => ({
  ...repair,
  askedBy: askedBy as unknown as Prisma.InputJsonValue,
  waitsFor: json(waitsFor),
  orderId: orderId ?? null,
  problem: json(problem),
  createdAt: toDate(createdAt),
  wakeAt: toDate(wakeAt),
  finishedAt: finishedAt === undefined ? null : toDate(finishedAt),
});

const json = (value: unknown) => (value === undefined ? Prisma.DbNull : (value as Prisma.InputJsonValue));

const toRepair = ({ waitsFor, orderId, problem, createdAt, wakeAt, finishedAt, ...row }: Row): Repair =>
  ({
    ...row,
    ...(waitsFor !== null && { waitsFor }),
    ...(orderId !== null && { orderId }),
    ...(problem !== null && { problem }),
    ...{ createdAt: fromDate(createdAt), wakeAt: fromDate(wakeAt) },
    ...(finishedAt && { finishedAt: fromDate(finishedAt) }),
  }) as unknown as Repair;
