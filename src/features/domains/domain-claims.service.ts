import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { withoutWildcard, type CertificateName, type Hostname } from '../../values/hostname.js';
import type { Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Accounts } from '../accounts/accounts.service.js';
import { mayAnswer, mayHold, mayTake, PANEL_NAMES, territoryOf, type NewDomain } from './domain.js';
import { DomainsStore } from './domains.store.js';
import { ServedNames } from './served-names.service.js';

/** Whether an account may have a name, for certain, until the transaction ends. */
@Injectable()
export class DomainClaims {
  constructor(
    private readonly store: DomainsStore,
    private readonly accounts: Accounts,
    private readonly served: ServedNames,
    @Inject(PANEL_NAMES) private readonly panelNames: readonly Hostname[],
  ) {}

  async claim(tx: Tx, giver: Actor, { accountId, name }: NewDomain): Promise<Result<void>> {
    const taker = (await this.accounts.byIds([accountId], tx)).get(accountId)!;
    const holdable = mayHold(taker, name, this.panelNames);
    if (!holdable.ok) return holdable;
    // Before looking: of two who claim overlapping names at once, the second sees the first one's.
    await this.store.lock(tx, territoryOf(name, this.panelNames));
    const overlapping = await this.store.overlapping(tx, name);
    const free = mayTake(name, giver, taker, overlapping);
    return free.ok ? mayAnswer({ accountId, name }, overlapping, await this.served.around(tx, name)) : free;
  }

  /** Who holds these names, and what is below the wildcards among them, stays so until the transaction ends. */
  async keep(tx: Tx, names: readonly CertificateName[]): Promise<void> {
    const territories = new Set(names.map((name) => territoryOf(withoutWildcard(name), this.panelNames)));
    await this.store.share(tx, [...territories]);
  }
}
