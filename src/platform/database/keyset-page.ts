/** How a page is read: one row more than asked for tells whether there is a next page. */
import type { Page, PageRequest } from '../../values/page.js';
import { Prisma } from './generated/client.js';
import type { Tx } from './transaction.js';

/** What a store spreads into Prisma's findMany. */
export const keyset = ({ first }: PageRequest) => ({
  orderBy: { id: 'asc' as const },
  take: first + 1,
});

/** The part of `where` that begins the page. */
export const afterCursor = ({ after }: PageRequest) => (after === undefined ? {} : { id: { gt: after } });

export const toPage = <T>(rows: readonly T[], { first }: PageRequest): Page<T> => ({
  items: rows.slice(0, first),
  hasNextPage: rows.length > first,
});

/** Where the rows of a parent are: its table, and the column that names the parent. By default in the order of their making. */
export type Nested = {
  readonly table: string;
  readonly parent: string;
  /** `AND …` */
  readonly further?: Prisma.Sql;
  readonly newestFirst?: true;
};

/**
 * One page of rows for each of many parents, in one statement however many there are; `byIds` reads the rows.
 * A parent without rows has an empty page.
 */
export async function pagesOfEach<T>(
  tx: Tx,
  { table, parent, further = Prisma.empty, newestFirst }: Nested,
  parentIds: readonly string[],
  request: PageRequest,
  byIds: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, Page<T>>> {
  const order = newestFirst ? Prisma.sql`DESC` : Prisma.sql`ASC`;
  const behind = newestFirst ? Prisma.sql`id < ${request.after ?? '~'}` : Prisma.sql`id > ${request.after ?? ''}`;
  const found = await tx.$queryRaw<{ parent: string; id: string }[]>`
    SELECT parents.id AS parent, nested.id FROM unnest(${[...parentIds]}::text[]) AS parents(id) CROSS JOIN LATERAL (
      SELECT id FROM ${Prisma.raw(table)} WHERE ${Prisma.raw(parent)} = parents.id AND ${behind} ${further}
      ORDER BY id ${order} LIMIT ${request.first + 1}) AS nested
    ORDER BY nested.id ${order}`;
  const rows = await byIds(found.map(({ id }) => id));
  const ofEach = Map.groupBy(found, (row) => row.parent);
  // What was deleted between the two reads is left out.
  const page = (id: string) =>
    toPage(
      (ofEach.get(id) ?? []).flatMap((row) => rows.get(row.id) ?? []),
      request,
    );
  return new Map(parentIds.map((id) => [id, page(id)]));
}
