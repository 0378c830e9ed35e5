import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';

@Injectable()
export class ComparisonsStore {
  constructor(private readonly prisma: PrismaService) {}

  async ask(tx: Tx, serverId: string, now: Instant): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO server_comparisons (server_id, due_at, asked) VALUES (${serverId}, ${toDate(now)}, 1)
      ON CONFLICT (server_id) DO UPDATE SET due_at = excluded.due_at, asked = server_comparisons.asked + 1`;
  }

  async of(serverId: string): Promise<{ dueAt: Instant; asked: number } | undefined> {
    const row = await this.prisma.serverComparison.findUnique({ where: { serverId } });
    return row ? { dueAt: fromDate(row.dueAt), asked: row.asked } : undefined;
  }

  async postpone(serverId: string, asked: number, until: Instant): Promise<void> {
    await this.prisma.$executeRaw`
      INSERT INTO server_comparisons (server_id, due_at) VALUES (${serverId}, ${toDate(until)})
      ON CONFLICT (server_id) DO UPDATE SET due_at = excluded.due_at WHERE server_comparisons.asked = ${asked}`;
  }

  async serversDue(now: Instant): Promise<readonly string[]> {
    const rows = await this.prisma.serverComparison.findMany({ where: { dueAt: { lte: toDate(now) } }, select: { serverId: true } });
    return rows.map((row) => row.serverId);
  }
}
