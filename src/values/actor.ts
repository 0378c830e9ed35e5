/** Who calls: the account of a token, its place in the tree, and what the token may do. */
import type { Id } from './id.js';
import type { Instant } from './instant.js';

export const ACCOUNT_KINDS = ['ADMIN', 'RESELLER', 'CUSTOMER'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** What a token may do. Without READ it is shown the thing that its call made or changed, and nothing that leads on from there. */
export const TOKEN_SCOPES = ['READ', 'WRITE_ACCOUNTS', 'WRITE_SERVERS', 'WRITE_SITES', 'WRITE_ORDERS'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export type Actor = {
  readonly accountId: Id<'account'>;
  /** Ids from the root to the account, each followed by a slash: a subtree is a prefix. */
  readonly accountPath: string;
  readonly kind: AccountKind;
  /** The token in use, and its end; absent where the platform itself acts. */
  readonly tokenId?: Id<'token'>;
  readonly tokenExpiresAt?: Instant;
  readonly scopes: readonly TokenScope[];
};
