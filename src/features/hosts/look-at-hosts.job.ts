import { Inject, Injectable } from '@nestjs/common';
import { Transactions } from '../../platform/database/transaction.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { ok, unwrap } from '../../values/result.js';
import { HostAccess } from './host-access.service.js';
import { seenAs, type Host } from './host.js';
import { HostsStore } from './hosts.store.js';

/** Greeted at the same time. One that is dead takes ten seconds of its place at first, and none while it is left alone. */
const AT_ONCE = 100;

/** Greets every pinned host, and keeps what came of it where that has changed. */
@Injectable()
export class LookAtHostsJob implements JobHandler {
  readonly name = 'host.look';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly store: HostsStore,
    private readonly hosts: HostAccess,
    private readonly transactions: Transactions,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    for (let after = ''; ;) {
      const some = await this.store.pinned(after, AT_ONCE);
      await Promise.all(some.map((host) => this.lookAt(host)));
      const last = some.at(-1);
      if (!last) return;
      after = last.id;
    }
  }

  private async lookAt(host: Host): Promise<void> {
    const way = await this.hosts.to(host);
    const greeted = way.ok ? await way.value.greet() : way;
    const found = seenAs(host, greeted.ok ? undefined : greeted.problem, this.clock.now());
    const { code } = host.problem ?? {};
    if (found.state === host.state && found.problem?.code === code) return;
    unwrap(
      await this.transactions.run(async (tx) => {
        const now = await this.store.lock(tx, host.id);
        // Pinned anew meanwhile: what was found is of the key before.
        if (now?.hostKey === host.hostKey) await this.store.write(tx, { ...now, ...found });
        return ok(undefined);
      }),
    );
  }
}
