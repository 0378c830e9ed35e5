import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Id } from '../../values/id.js';

@Injectable()
export class SiteServersStore {
  constructor(private readonly prisma: PrismaService) {}

  /** By site, in the order of their ids. */
  async furtherOf(siteIds: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, readonly Id<'server'>[]>> {
    const rows = await tx.siteServer.findMany({ where: { siteId: { in: [...siteIds] } }, orderBy: { serverId: 'asc' } });
    return new Map([...Map.groupBy(rows, ({ siteId }) => siteId)].map(([id, of]) => [id, of.map((row) => row.serverId as Id<'server'>)]));
  }

  /** False where it is one already. */
  async add(tx: Tx, siteId: string, serverId: string): Promise<boolean> {
    return (await tx.siteServer.createMany({ data: [{ siteId, serverId }], skipDuplicates: true })).count === 1;
  }

  /** False where it is none. */
  async remove(tx: Tx, siteId: string, serverId: string): Promise<boolean> {
    return (await tx.siteServer.deleteMany({ where: { siteId, serverId } })).count === 1;
  }

  /** Ids of the sites that have their home at one of these, or the one as a further server. */
  async sitesOf(homes: readonly string[], further: string, tx: Tx = this.prisma): Promise<readonly Id<'site'>[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM sites WHERE server_id = ANY(${[...homes]}) AND deleted_at IS NULL UNION SELECT site_id FROM site_servers WHERE server_id = ${further} ORDER BY id`;
    return rows.map((row) => row.id as Id<'site'>);
  }

  /** Ids of some of the sites that have their home there, or it as a further server. */
  async someOf(tx: Tx, serverId: string, limit: number): Promise<readonly string[]> {
    const homes = await tx.site.findMany({ where: { serverId, deletedAt: null }, select: { id: true }, take: limit });
    const further = await tx.siteServer.findMany({ where: { serverId }, take: limit });
    return [...new Set([...homes.map(({ id }) => id), ...further.map(({ siteId }) => siteId)])].slice(0, limit);
  }

  async anyAtHome(tx: Tx, serverId: string): Promise<boolean> {
    return (await tx.site.findFirst({ where: { serverId, deletedAt: null }, select: { id: true } })) !== null;
  }

  async moveHome(tx: Tx, siteId: string, to: string): Promise<void> {
    await tx.site.update({ where: { id: siteId }, data: { serverId: to } });
  }

  async moveAllHomes(tx: Tx, from: string, to: string): Promise<void> {
    await tx.site.updateMany({ where: { serverId: from }, data: { serverId: to } });
  }
}
