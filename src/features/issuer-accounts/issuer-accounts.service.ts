import { Inject, Injectable } from '@nestjs/common';
import { changesAccountKey, ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import type { Actor, TokenScope } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { parseIssuer, requestKeyChange, type IssuerAccount } from './issuer-account.js';
import { IssuerAccountsStore } from './issuer-accounts.store.js';

/** The accounts of the platform at its CAs: the administrator's business. A worker talks to the CA. */
@Injectable()
export class IssuerAccounts {
  constructor(
    private readonly store: IssuerAccountsStore,
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async changeKey(actor: Actor, issuerId: string, key: string): Promise<Result<{ account: IssuerAccount; replayed: boolean }>> {
    const input = parseIssuer(
      issuerId,
      this.issuers.map((issuer) => ({ ...issuer.manifest, hasKey: changesAccountKey(issuer) })),
    );
    const allow = async () => this.allowed(actor, 'WRITE_SERVERS');
    const done = await this.mutations.run({ by: actor, action: 'accountKey.change', key, input, allow }, async (tx, id) => {
      const before = await this.store.lock(tx, id);
      const after = requestKeyChange(before, id, this.clock.now());
      if (after === before) return ok(id);
      await this.store.write(tx, after);
      await this.queue.send('accountKey.change', { id }, { tx });
      return ok(id);
    });
    if (!done.ok) return done;
    const account = (await this.store.all()).find((one) => one.issuerId === done.value.id)!;
    return ok({ account, replayed: done.value.replayed });
  }

  /** Those whose key was ever to be changed. */
  async all(actor: Actor): Promise<Result<readonly IssuerAccount[]>> {
    const allowed = this.allowed(actor, 'READ');
    return allowed.ok ? ok(await this.store.all()) : allowed;
  }

  private allowed(actor: Actor, scope: TokenScope): Result<void> {
    return actor.kind === 'ADMIN' ? this.access.scope(actor, scope) : err(problem('NOT_ALLOWED', { needs: 'ADMIN' }));
  }
}
