import { Injectable } from '@nestjs/common';
import type { SiteMove as Row } from '../../platform/database/generated/client.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Move, MoveState } from './move.js';

@Injectable()
export class MovesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** False where the site has one under way. */
  async insert(tx: Tx, move: Move): Promise<boolean> {
    return (await tx.siteMove.createMany({ data: [toRow(move)], skipDuplicates: true })).count === 1;
  }

  async save(tx: Tx, move: Move): Promise<void> {
    const { id, ...data } = toRow(move);
    await tx.siteMove.update({ where: { id }, data });
  }

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Move>> {
    const rows = await this.prisma.siteMove.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toMove(row)]));
  }

  /** The one that is under way; the site's servers are locked. */
  async openOf(tx: Tx, siteId: string): Promise<Move | undefined> {
    const row = await tx.siteMove.findFirst({ where: { siteId, finishedAt: null } });
    return row ? toMove(row) : undefined;
  }

  /** By site. */
  async newestOf(siteIds: readonly string[]): Promise<ReadonlyMap<string, Move>> {
    const where = { siteId: { in: [...siteIds] } };
    const rows = await this.prisma.siteMove.findMany({ where, orderBy: { id: 'desc' }, distinct: ['siteId'] });
    return new Map(rows.map((row) => [row.siteId, toMove(row)]));
  }

  async due(now: Instant, limit: number): Promise<readonly string[]> {
    const where = { finishedAt: null, dueAt: { lte: toDate(now) } };
    return (await this.prisma.siteMove.findMany({ where, orderBy: { dueAt: 'asc' }, take: limit })).map(({ id }) => id);
  }
}

const orNull = (at: Instant | undefined): Date | null => (at === undefined ? null : toDate(at));

const toRow = ({ added, leaving, createdAt, switchedAt, leftSince, dueAt, finishedAt, ...move }: Move) => ({
  ...move,
  added: [...added],
  leaving: [...leaving],
  createdAt: toDate(createdAt),
  switchedAt: orNull(switchedAt),
  leftSince: orNull(leftSince),
  dueAt: toDate(dueAt),
  finishedAt: orNull(finishedAt),
});

const toMove = ({ added, leaving, createdAt, switchedAt, leftSince, dueAt, finishedAt, ...row }: Row): Move => ({
  id: row.id as Id<'move'>,
  accountId: row.accountId as Id<'account'>,
  siteId: row.siteId as Id<'site'>,
  fromServerId: row.fromServerId as Id<'server'>,
  toServerId: row.toServerId as Id<'server'>,
  state: row.state as MoveState,
  added: added as Id<'server'>[],
  leaving: leaving as Id<'server'>[],
  createdAt: fromDate(createdAt),
  dueAt: fromDate(dueAt),
  ...(switchedAt && { switchedAt: fromDate(switchedAt) }),
  ...(leftSince && { leftSince: fromDate(leftSince) }),
  ...(finishedAt && { finishedAt: fromDate(finishedAt) }),
});
