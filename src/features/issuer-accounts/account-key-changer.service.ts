import { Inject, Injectable } from '@nestjs/common';
import { changesAccountKey, ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { Claims } from '../../platform/database/claims.js';
import { Transactions, type Fenced } from '../../platform/database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from '../../platform/fault-points.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { instant, minutes, plus, type Instant } from '../../values/instant.js';
import { CATALOGUE } from '../../values/problems/catalogue.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok } from '../../values/result.js';
import { keyChanged, keyNotChanged, type IssuerAccount } from './issuer-account.js';
import { IssuerAccountsStore } from './issuer-accounts.store.js';

/** A CA that is away is asked again after a minute, and no key is in a hurry. */
const AGAIN = minutes(1);

/** Has one CA take another key, and writes down what came of it. Killed in between, it changes the key once more: that does no harm. */
@Injectable()
export class AccountKeyChanger {
  constructor(
    private readonly store: IssuerAccountsStore,
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly claims: Claims,
    private readonly transactions: Transactions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(FAULT_POINTS) private readonly faults: FaultPoints,
  ) {}

  /** Does nothing where somebody else is at it. */
  async change(issuerId: string): Promise<void> {
    await this.claims.whileHolding(`accountKey:${issuerId}`, (claim) => this.changeOnce(issuerId, claim));
  }

  private async changeOnce(issuerId: string, claim: Fenced): Promise<void> {
    // Again, now that nobody else is at it.
    if (!(await this.store.due(this.clock.now())).includes(issuerId)) return;
    await this.faults.reached('accountKey.change.intended');
    const issuer = this.issuers.find(({ manifest }) => manifest.id === issuerId);
    const told = issuer && changesAccountKey(issuer) ? await issuer.rolloverKey() : err(problem('ISSUER_UNKNOWN', { issuer: issuerId }));
    await this.faults.reached('accountKey.change.done');
    const now = this.clock.now();
    const next = (account: IssuerAccount) =>
      told.ok ? keyChanged(account, now) : keyNotChanged(account, told.problem, again(told.problem, now));
    // Refused where somebody else has its place by now, and writes down what comes of it.
    await this.transactions.run(async (tx) => {
      await this.store.write(tx, next((await this.store.lock(tx, issuerId))!));
      return ok(undefined);
    }, claim);
  }
}

const again = (cause: Problem, now: Instant): Instant | undefined =>
  CATALOGUE[cause.code].retryable ? instant(Math.max(plus(now, AGAIN), cause.retryAfter ?? 0)) : undefined;
