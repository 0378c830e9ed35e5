import { Injectable } from '@nestjs/common';
import type { Pool as Row } from '../../platform/database/generated/client.js';
import { afterCursor, keyset, toPage } from '../../platform/database/keyset-page.js';
import { ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Pool } from './pool.js';

@Injectable()
export class PoolsStore {
  constructor(private readonly prisma: PrismaService) {}

  async insert(tx: Tx, { front, createdAt, ...pool }: Pool): Promise<void> {
    const before = front && { frontServerId: front.serverId, frontBackend: front.backend };
    await tx.pool.create({ data: { ...pool, ...before, createdAt: toDate(createdAt) } });
  }

  /** Nobody else joins or leaves it until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<Pool | undefined> {
    await tx.$queryRaw`SELECT 1 FROM pools WHERE id = ${id} FOR UPDATE`;
    return (await this.byIds([id], tx)).get(id);
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Pool>> {
    const rows = await tx.pool.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toPool(row)]));
  }

  async pageOf(accountIds: readonly string[], request: PageRequest): Promise<Page<Pool>> {
    const where = { ...afterCursor(request), accountId: { in: [...accountIds] } };
    return toPage((await this.prisma.pool.findMany({ where, ...keyset(request) })).map(toPool), request);
  }

  /** Those that a server is in front of. */
  async behind(tx: Tx, frontServerId: string, limit: number): Promise<readonly Pool[]> {
    return (await tx.pool.findMany({ where: { frontServerId }, take: limit })).map(toPool);
  }

  async withFront(): Promise<readonly Pool[]> {
    return (await this.prisma.pool.findMany({ where: { frontServerId: { not: null } }, orderBy: { id: 'asc' } })).map(toPool);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'pools', ids);
  }
}

const toPool = ({ id, accountId, name, frontServerId, frontBackend, createdAt }: Row): Pool => ({
  id: id as Id<'pool'>,
  accountId: accountId as Id<'account'>,
  name,
  ...(frontServerId !== null && frontBackend !== null && { front: { serverId: frontServerId as Id<'server'>, backend: frontBackend } }),
  createdAt: fromDate(createdAt),
});
