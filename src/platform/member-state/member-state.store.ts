import { Injectable } from '@nestjs/common';
import type { Secret } from '../../values/secret.js';
import { Vault } from '../vault/vault.service.js';
import type { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { Transactions } from '../database/transaction.js';
import { ok } from '../../values/result.js';

/** Gives each member of an adapter family its own corner of the database; fulfils the port `MemberState` of adapters/. */
@Injectable()
export class MemberStates {
  constructor(
    private readonly prisma: PrismaService,
    private readonly transactions: Transactions,
    private readonly vault: Vault,
  ) {}

  of(member: string): MemberStateStore {
    return new MemberStateStore(member, this.prisma, this.transactions, this.vault);
  }
}

class MemberStateStore {
  constructor(
    private readonly member: string,
    private readonly prisma: PrismaService,
    private readonly transactions: Transactions,
    private readonly vault: Vault,
  ) {}

  async read<T>(key: string): Promise<{ body: T; version: number } | undefined> {
    const row = await this.prisma.memberState.findUnique({ where: { member_key: { member: this.member, key } } });
    return row ? { body: row.body as T, version: row.version } : undefined;
  }

  async create(key: string, body: unknown): Promise<boolean> {
    const rows = [{ member: this.member, key, body: body as Prisma.InputJsonValue, version: 1 }];
    return (await this.prisma.memberState.createMany({ data: rows, skipDuplicates: true })).count === 1;
  }

  async replace(key: string, body: unknown, version: number): Promise<boolean> {
    const changed = await this.prisma.memberState.updateMany({
      where: { member: this.member, key, version },
      data: { body: body as Prisma.InputJsonValue, version: version + 1 },
    });
    return changed.count === 1;
  }

  async list<T>(prefix: string, limit: number, after?: string): Promise<readonly { key: string; body: T }[]> {
    const rows = await this.prisma.memberState.findMany({
      where: { member: this.member, key: { startsWith: prefix, ...(after === undefined ? {} : { gt: after }) } },
      orderBy: { key: 'asc' },
      take: limit,
    });
    return rows.map((row) => ({ key: row.key, body: row.body as T }));
  }

  async createSecret(name: string, secret: Secret): Promise<boolean> {
    const made = await this.transactions.run(async (tx) => {
      const taken = await tx.memberSecret.findUnique({ where: { member_name: { member: this.member, name } } });
      if (taken) return ok(false);
      const vaultItemId = await this.vault.seal(tx, 'MEMBER_SECRET', secret);
      const rows = [{ member: this.member, name, vaultItemId }];
      const won = (await tx.memberSecret.createMany({ data: rows, skipDuplicates: true })).count === 1;
      if (!won) await this.vault.forget(tx, vaultItemId);
      return ok(won);
    });
    return made.ok && made.value;
  }

  async secret(name: string): Promise<Secret | undefined> {
    const row = await this.prisma.memberSecret.findUnique({ where: { member_name: { member: this.member, name } } });
    return row ? this.vault.open(row.vaultItemId) : undefined;
  }

  async forgetSecret(name: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      const row = await tx.memberSecret.findUnique({ where: { member_name: { member: this.member, name } } });
      if (row) {
        await tx.memberSecret.deleteMany({ where: { member: this.member, name } });
        await this.vault.forget(tx, row.vaultItemId);
      }
      return ok(undefined);
    });
  }
}
