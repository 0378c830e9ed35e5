import { Injectable } from '@nestjs/common';
import type { Drift } from '../../adapters/installers/installer.js';
import { Prisma } from '../../platform/database/generated/client.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';

/** What was found on a server that was changed by hand: the last time that anything was. */
export type ServerDrift = {
  readonly serverId: Id<'server'>;
  readonly lookedAt: Instant;
  readonly foundAt?: Instant;
  readonly found: readonly Drift[];
  /** When it was as it shall be again. Absent: it could not be set right, or nothing was found. */
  readonly setRightAt?: Instant;
};

@Injectable()
export class ServerDriftStore {
  constructor(private readonly prisma: PrismaService) {}

  async write({ serverId, lookedAt, foundAt, found, setRightAt }: ServerDrift): Promise<void> {
    const row = {
      lookedAt: toDate(lookedAt),
      foundAt: foundAt === undefined ? null : toDate(foundAt),
      found: found as unknown as Prisma.InputJsonValue,
      setRightAt: setRightAt === undefined ? null : toDate(setRightAt),
    };
    await this.prisma.serverDrift.upsert({ where: { serverId }, create: { serverId, ...row }, update: row });
  }

  async of(serverIds: readonly string[]): Promise<ReadonlyMap<string, ServerDrift>> {
    const rows = await this.prisma.serverDrift.findMany({ where: { serverId: { in: [...serverIds] } } });
    return new Map(
      rows.map(({ serverId, lookedAt, foundAt, found, setRightAt }) => [
        serverId,
        {
          serverId: serverId as Id<'server'>,
          lookedAt: fromDate(lookedAt),
          found: found as unknown as readonly Drift[],
          ...(foundAt && { foundAt: fromDate(foundAt) }),
          ...(setRightAt && { setRightAt: fromDate(setRightAt) }),
        },
      ]),
    );
  }
}
