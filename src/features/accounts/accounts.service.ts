import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, parseId } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Audit, type AuditEntry } from '../../platform/audit/audit.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Access, type OwnershipLoader } from './access.service.js';
import { parseNewAccount, placeBelow, type Account, type AccountInput, type NewAccount } from './account.js';
import { AccountsStore } from './accounts.store.js';

/** The tree of accounts. */
@Injectable()
export class Accounts implements OwnershipLoader {
  readonly kind = 'account';

  constructor(
    private readonly store: AccountsStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    private readonly audit: Audit,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    access.register(this);
  }

  async create(actor: Actor, input: AccountInput, key: string): Promise<Result<{ account: Account; replayed: boolean }>> {
    const command = parseNewAccount(input, actor.accountId);
    const allow = (wanted: NewAccount) => this.access.require(actor, 'WRITE_ACCOUNTS', 'account', [wanted.parentId]);
    const done = await this.mutations.run({ by: actor, action: 'account.create', key, input: command, allow }, async (tx, wanted) => {
      const parent = (await this.store.byIds([wanted.parentId], tx)).get(wanted.parentId)!;
      const account = placeBelow(parent, wanted, newId('account', this.clock.now(), this.random), this.clock.now());
      if (!account.ok) return account;
      await this.store.insert(tx, account.value);
      return ok(account.value.id);
    });
    if (!done.ok) return done;
    return ok({ account: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  /** The account at the root of the tree, made at the first start of a platform. */
  async ensureRoot(name: string): Promise<Account> {
    const there = await this.store.root();
    if (there) return there;
    const id = newId('account', this.clock.now(), this.random);
    const root: Account = { id, path: `${id}/`, kind: 'ADMIN', name, createdAt: this.clock.now() };
    await this.store.insertRoot(root);
    return (await this.store.root())!;
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, Account>> {
    return this.store.byIds(ids, tx);
  }

  async one(actor: Actor, id: string): Promise<Result<Account>> {
    const parsed = parseId('account', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'account', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  async page(actor: Actor, request: Result<PageRequest>): Promise<Result<Page<Account>>> {
    if (!request.ok) return request;
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageBelow(actor.accountPath, request.value)) : allowed;
  }

  /** The audit log of the actor's account and all below it. */
  async auditPage(actor: Actor, request: Result<PageRequest>): Promise<Result<Page<AuditEntry>>> {
    if (!request.ok) return request;
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.audit.page(actor.accountPath, request.value)) : allowed;
  }

  async ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map([...(await this.store.byIds(ids))].map(([id, account]) => [id, account.path]));
  }
}
