/** Pages as Relay Cursor Connections: `first` items `after` a cursor, in the order of their making. */
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import type { Type } from '@nestjs/common';
import { encodeCursor, type Page } from '../values/page.js';

@ArgsType()
export class PageArgs {
  @Field(() => Int, { description: 'How many, 1 to 100.' }) first!: number;
  @Field(() => String, { nullable: true, description: 'pageInfo.endCursor of the page before.' }) after?: string | null;
}

@ObjectType({ description: 'Where a page ends.' })
class PageInfo {
  @Field({ description: 'Is there another page after this one?' }) hasNextPage!: boolean;
  @Field(() => String, { nullable: true, description: '`after` of the next page. Null for an empty page.' }) endCursor?: string;
}

export interface EdgeOf<T> {
  node: T;
  cursor: string;
}
export interface ConnectionOf<T> {
  edges: EdgeOf<T>[];
  nodes: T[];
  pageInfo: PageInfo;
}

/** Makes `OrderConnection` and `OrderEdge` for `Order`. */
export function Connection<T>(item: Type<T>, name: string): Type<ConnectionOf<T>> {
  @ObjectType(`${name}Edge`, { description: `A place in a page, and the ${name} there.` })
  class Edge implements EdgeOf<T> {
    @Field(() => item, { description: 'What stands there.' }) node!: T;
    @Field({ description: '`after` of a page that begins behind it.' }) cursor!: string;
  }
  @ObjectType(`${name}Connection`, { description: `A page of ${name}.` })
  class ConnectionType implements ConnectionOf<T> {
    @Field(() => [Edge], { description: 'The nodes with their cursors.' }) edges!: Edge[];
    @Field(() => [item], { description: 'The nodes of the edges, for those who need no cursors.' }) nodes!: T[];
    @Field(() => PageInfo, { description: 'Where it ends, and whether there is more.' }) pageInfo!: PageInfo;
  }
  return ConnectionType as Type<ConnectionOf<T>>;
}

export function toConnection<R extends { readonly id: string }, T>(page: Page<R>, toNode: (row: R) => T): ConnectionOf<T> {
  const edges = page.items.map((row) => ({ node: toNode(row), cursor: encodeCursor(row.id) }));
  const end = edges.at(-1)?.cursor;
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: { hasNextPage: page.hasNextPage, ...(end !== undefined && { endCursor: end }) },
  };
}
