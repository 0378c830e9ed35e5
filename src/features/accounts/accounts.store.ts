import { Injectable } from '@nestjs/common';
import type { TokenScope } from '../../values/actor.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Account as AccountRow, ApiToken as TokenRow } from '../../platform/database/generated/client.js';
import { afterCursor, keyset, pagesOfEach, toPage } from '../../platform/database/keyset-page.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Account } from './account.js';
import type { ApiToken } from './api-token.js';

@Injectable()
export class AccountsStore {
  constructor(private readonly prisma: PrismaService) {}

  async insert(tx: Tx, account: Account): Promise<void> {
    await tx.account.create({ data: { ...account, parentId: account.parentId ?? null, createdAt: toDate(account.createdAt) } });
  }

  /** Does nothing where there is a root: of two first starts at once, one wins (a partial unique index holds it). */
  async insertRoot(account: Account): Promise<void> {
    const { id, path, kind, name, createdAt } = account;
    await this.prisma.account.createMany({
      data: [{ id, parentId: null, path, kind, name, createdAt: toDate(createdAt) }],
      skipDuplicates: true,
    });
  }

  /** The administrator at the root of the tree. */
  async root(): Promise<Account | undefined> {
    const row = await this.prisma.account.findFirst({ where: { parentId: null }, orderBy: { id: 'asc' } });
    return row ? toAccount(row) : undefined;
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Account>> {
    const rows = await tx.account.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toAccount(row)]));
  }

  async pageBelow(path: string, request: PageRequest): Promise<Page<Account>> {
    const rows = await this.prisma.account.findMany({ where: { ...afterCursor(request), path: { startsWith: path } }, ...keyset(request) });
    return toPage(rows.map(toAccount), request);
  }

  async insertToken(tx: Tx, token: ApiToken, hash: Uint8Array<ArrayBuffer>): Promise<void> {
    const { createdAt, expiresAt, id, accountId, name, scopes, madeBy } = token;
    const times = { createdAt: toDate(createdAt), expiresAt: toDate(expiresAt) };
    await tx.apiToken.create({ data: { id, accountId, name, hash, scopes: [...scopes], madeBy: madeBy ?? null, ...times } });
  }

  /** Keeps it from being revoked until the transaction ends; false where it was revoked already. */
  async holdToken(tx: Tx, id: string): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM api_tokens WHERE id = ${id} AND revoked_at IS NULL FOR SHARE`;
    return rows.length === 1;
  }

  /** How many tokens of the account may be used. Of two that are made at once, the second counts the first. */
  async countLiveTokens(tx: Tx, accountId: string, now: Instant): Promise<number> {
    await tx.$queryRaw`SELECT 1 FROM accounts WHERE id = ${accountId} FOR UPDATE`;
    return tx.apiToken.count({ where: { accountId, revokedAt: null, expiresAt: { gt: toDate(now) } } });
  }

  /** Until a round finds none: a token that was just being made with one of these is seen only when that one has been waited for. */
  async revokeTokens(tx: Tx, id: string, now: Instant): Promise<void> {
    for (let ended = 1; ended > 0;)
      ended = await tx.$executeRaw`
        WITH RECURSIVE line AS (
          SELECT id FROM api_tokens WHERE id = ${id}
          UNION SELECT made.id FROM api_tokens made JOIN line ON made.made_by = line.id
        )
        UPDATE api_tokens SET revoked_at = ${toDate(now)} WHERE id IN (
          SELECT id FROM api_tokens WHERE revoked_at IS NULL AND id IN (SELECT id FROM line) ORDER BY id FOR UPDATE
        )`;
  }

  async tokenByHash(hash: Uint8Array<ArrayBuffer>): Promise<ApiToken | undefined> {
    const row = await this.prisma.apiToken.findUnique({ where: { hash } });
    return row ? toToken(row) : undefined;
  }

  async tokensByIds(ids: readonly string[]): Promise<ReadonlyMap<string, ApiToken>> {
    const rows = await this.prisma.apiToken.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toToken(row)]));
  }

  tokenPages(accountIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<ApiToken>>> {
    const nested = { table: 'api_tokens', parent: 'account_id' };
    return pagesOfEach(this.prisma, nested, accountIds, request, (ids) => this.tokensByIds(ids));
  }
}

const toAccount = ({ id, parentId, path, kind, name, createdAt }: AccountRow): Account => ({
  id: id as Id<'account'>,
  ...(parentId !== null && { parentId: parentId as Id<'account'> }),
  path,
  kind,
  name,
  createdAt: fromDate(createdAt),
});

const toToken = (row: TokenRow): ApiToken => ({
  id: row.id as Id<'token'>,
  accountId: row.accountId as Id<'account'>,
  name: row.name,
  scopes: row.scopes as TokenScope[],
  createdAt: fromDate(row.createdAt),
  expiresAt: fromDate(row.expiresAt),
  ...(row.revokedAt && { revokedAt: fromDate(row.revokedAt) }),
  ...(row.madeBy !== null && { madeBy: row.madeBy as Id<'token'> }),
});
