import { Injectable } from '@nestjs/common';
import type { LaggingMember as Row } from '../../platform/database/generated/client.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Front } from '../pools/pool.js';
import type { Lag } from './front.js';

/** `front`: the one that was told to take it out. */
export type LaggingMember = Lag & { readonly serverId: Id<'server'>; readonly front?: Front };

@Injectable()
export class FrontsStore {
  constructor(private readonly prisma: PrismaService) {}

  async all(): Promise<readonly LaggingMember[]> {
    return (await this.prisma.laggingMember.findMany({ orderBy: { serverId: 'asc' } })).map(toMember);
  }

  async ofServers(ids: readonly string[]): Promise<ReadonlyMap<string, LaggingMember>> {
    const rows = await this.prisma.laggingMember.findMany({ where: { serverId: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.serverId, toMember(row)]));
  }

  async note(serverId: string, since: Instant): Promise<void> {
    await this.prisma.laggingMember.createMany({ data: [{ serverId, since: toDate(since) }], skipDuplicates: true });
  }

  /** Before the front is told. The first time counts. */
  async takingOut(serverId: string, front: Front, at: Instant): Promise<void> {
    const data = { takenOutAt: toDate(at), frontServerId: front.serverId, frontBackend: front.backend };
    await this.prisma.laggingMember.updateMany({ where: { serverId, takenOutAt: null }, data });
  }

  async forget(serverId: string): Promise<void> {
    await this.prisma.laggingMember.deleteMany({ where: { serverId } });
  }
}

const toMember = ({ serverId, since, takenOutAt, frontServerId, frontBackend }: Row): LaggingMember => ({
  serverId: serverId as Id<'server'>,
  since: fromDate(since),
  ...(takenOutAt && { takenOutAt: fromDate(takenOutAt) }),
  ...(frontServerId !== null && frontBackend !== null && { front: { serverId: frontServerId as Id<'server'>, backend: frontBackend } }),
});
