/** Pages as Relay Cursor Connections: `first` items `after` a cursor, in the order of their making. */
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import type { Type } from '@nestjs/common';
import { encodeCursor, type Page } from '../values/page.js';

@ArgsType()
export class PageArgs {
  @Field(() => Int, { description: 'How many, 1 to 100.' }) first!: number;
  @Field(() => String, { nullable: true, description: 'pageInfo.endCursor of the page before.' }) after?: string | null;
}

@ObjectType()
export class PageInfo {
  @Field() hasNextPage!: boolean;
  @Field(() => String, { nullable: true }) endCursor?: string;
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
  @ObjectType(`${name}Edge`)
  class Edge implements EdgeOf<T> {
    @Field(() => item) node!: T;
    @Field() cursor!: string;
  }
  @ObjectType(`${name}Connection`, { description: `A page of ${name}.` })
  class ConnectionType implements ConnectionOf<T> {
    @Field(() => [Edge]) edges!: Edge[];
    @Field(() => [item], { description: 'The nodes of the edges, for those who need no cursors.' }) nodes!: T[];
    @Field(() => PageInfo) pageInfo!: PageInfo;
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
