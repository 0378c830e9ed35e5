import { Injectable } from '@nestjs/common';
import { Prisma, type IssuerAccount as Row } from '../../platform/database/generated/client.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';
import type { IssuerAccount } from './issuer-account.js';

@Injectable()
export class IssuerAccountsStore {
  constructor(private readonly prisma: PrismaService) {}

  async all(): Promise<readonly IssuerAccount[]> {
    return (await this.prisma.issuerAccount.findMany({ orderBy: { issuerId: 'asc' } })).map(toAccount);
  }

  /** Until the transaction ends, nobody else reads or changes it, also where it is not there yet. */
  async lock(tx: Tx, issuerId: string): Promise<IssuerAccount | undefined> {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`account at ${issuerId}`}, 0))`;
    const row = await tx.issuerAccount.findUnique({ where: { issuerId } });
    return row ? toAccount(row) : undefined;
  }

  async write(tx: Tx, account: IssuerAccount): Promise<void> {
    const { issuerId, keyChangeRequestedAt, keyChangedAt, keyChangeDueAt, problem } = account;
    const row = {
      keyChangeRequestedAt: toDate(keyChangeRequestedAt),
      keyChangedAt: keyChangedAt === undefined ? null : toDate(keyChangedAt),
      keyChangeDueAt: keyChangeDueAt === undefined ? null : toDate(keyChangeDueAt),
      problem: problem === undefined ? Prisma.DbNull : (problem as unknown as Prisma.InputJsonValue),
    };
    await tx.issuerAccount.upsert({ where: { issuerId }, create: { issuerId, ...row }, update: row });
  }

  async due(now: Instant): Promise<readonly string[]> {
    const where = { keyChangeDueAt: { lte: toDate(now) } };
    return (await this.prisma.issuerAccount.findMany({ where, select: { issuerId: true } })).map(({ issuerId }) => issuerId);
  }
}

const toAccount = (row: Row): IssuerAccount => ({
  issuerId: row.issuerId,
  keyChangeRequestedAt: fromDate(row.keyChangeRequestedAt),
  ...(row.keyChangedAt && { keyChangedAt: fromDate(row.keyChangedAt) }),
  ...(row.keyChangeDueAt && { keyChangeDueAt: fromDate(row.keyChangeDueAt) }),
  ...(row.problem !== null && { problem: row.problem as unknown as Problem }),
});
