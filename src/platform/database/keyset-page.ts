/** How a page is read: one row more than asked for tells whether there is a next page. */
import type { Page, PageRequest } from '../../values/page.js';

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
