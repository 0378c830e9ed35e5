/** Accounts stand in a tree: administrators hold resellers and customers, resellers hold customers. */
import type { AccountKind } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { parseLabel } from '../../values/label.js';
import { about, problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';

export type Account = {
  readonly id: Id<'account'>;
  readonly parentId?: Id<'account'>;
  /** Ids from the root to this account, each followed by a slash. */
  readonly path: string;
  readonly kind: AccountKind;
  readonly name: string;
  readonly createdAt: Instant;
};

export type NewAccount = { readonly parentId: Id<'account'>; readonly kind: Exclude<AccountKind, 'ADMIN'>; readonly name: string };

const CHILDREN: Readonly<Record<AccountKind, readonly AccountKind[]>> = {
  ADMIN: ['RESELLER', 'CUSTOMER'],
  RESELLER: ['CUSTOMER'],
  CUSTOMER: [],
};

export type AccountInput = { parentId?: string | null; kind: NewAccount['kind']; name: string };

export function parseNewAccount(input: AccountInput, own: Id<'account'>): Result<NewAccount> {
  return allFields({
    parentId: input.parentId ? parseId('account', input.parentId) : ok(own),
    kind: ok(input.kind),
    name: parseLabel(input.name),
  });
}

/** The account that a parent may take in. */
export function placeBelow(parent: Account, child: NewAccount, id: Id<'account'>, now: Instant): Result<Account> {
  if (!CHILDREN[parent.kind].includes(child.kind))
    return err(about('kind', problem('WRONG_PARENT', { kind: child.kind, parent: parent.kind })));
  return ok({ id, parentId: parent.id, path: `${parent.path}${id}/`, kind: child.kind, name: child.name, createdAt: now });
}

/** Is that place at or below this one? */
export const isAtOrBelow = (path: string, root: string): boolean => path.startsWith(root);

/** The ids of an account's line, from the root down to itself. */
export const lineOf = (path: string): readonly string[] => path.split('/').slice(0, -1);
