import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { AccountKeyChanger } from './account-key-changer.service.js';
import { IssuerAccountsStore } from './issuer-accounts.store.js';

/** Changes the keys that are to be changed. There are few; so whoever wakes looks at all, and every minute somebody does. */
@Injectable()
export class ChangeAccountKeyJob implements JobHandler {
  readonly name = 'accountKey.change';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: IssuerAccountsStore,
    private readonly changer: AccountKeyChanger,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    for (const id of await this.store.due(this.clock.now())) await this.changer.change(id);
  }
}
