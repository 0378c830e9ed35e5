/**
 * Rows that belong to an account, asked by its place in the tree: whatever the number of accounts and rows, the database begins
 * where there are fewer. Only here is the accounts' table read beside another room's.
 */
import type { PageRequest } from '../../values/page.js';
import { Prisma } from './generated/client.js';
import type { Tx } from './transaction.js';

/** Tables with a column `account_id`. */
export type OwnedTable =
  | 'alarms'
  | 'bindings'
  | 'certificates'
  | 'domains'
  | 'findings'
  | 'hosts'
  | 'orders'
  | 'pools'
  | 'repairs'
  | 'servers'
  | 'site_checks'
  | 'sites';

/** Ids of one page of what an account and all below it have, and one more where there is a next page: `toPage` takes their rows. */
export async function ownedIds(
  tx: Tx,
  table: OwnedTable,
  accountPath: string,
  { first, after }: PageRequest,
  further: Prisma.Sql = Prisma.empty,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM ${Prisma.raw(table)}
    WHERE id > ${after ?? ''} AND account_id IN (SELECT id FROM accounts WHERE path ^@ ${accountPath}) ${further}
    ORDER BY id LIMIT ${first + 1}`;
  return rows.map((row) => row.id);
}

/** The owner's path for each id that there is: what an OwnershipLoader answers. */
export async function ownerPaths(tx: Tx, table: OwnedTable, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.$queryRaw<{ id: string; path: string }[]>`
    SELECT owned.id, accounts.path FROM ${Prisma.raw(table)} AS owned JOIN accounts ON accounts.id = owned.account_id
    WHERE owned.id = ANY(${[...ids]})`;
  return new Map(rows.map(({ id, path }) => [id, path]));
}
