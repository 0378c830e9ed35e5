import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { Transactions, type Fenced } from '../../platform/database/transaction.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { LOG, type Log } from '../../platform/log/log.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { Id } from '../../values/id.js';
import { minutes, since } from '../../values/instant.js';
import { ok, unwrap } from '../../values/result.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Comparisons } from '../bindings/comparisons.service.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import { Servers } from '../servers/servers.service.js';
import { DeploymentsStore } from './deployments.store.js';
import { ServerDriftStore } from './server-drift.store.js';

/** All files are read for it: with 10,000 certificates some seconds of one core. */
const LOOK_AGAIN = minutes(10);

const PUT_AGAIN = 200;

/** Looks for what somebody changed by hand on servers, sets right what is ours, and has a deployment prove it. */
@Injectable()
export class FindDriftJob implements JobHandler {
  readonly name = 'server.drift';
  readonly concurrency = 1;
  readonly everyMinute = true;
  readonly atEdge = true;

  constructor(
    private readonly store: ServerDriftStore,
    private readonly deployments: DeploymentsStore,
    private readonly servers: Servers,
    private readonly installers: ServerInstallers,
    private readonly bindings: Bindings,
    private readonly comparisons: Comparisons,
    private readonly claims: Claims,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const ids = await this.servers.ids();
    const [before, busy] = [await this.store.of(ids), new Set(await this.deployments.serversWithOpen())];
    const now = this.clock.now();
    for (const id of ids) {
      const { lookedAt } = before.get(id) ?? {};
      // A deployment under way has its own look at what is there.
      if (busy.has(id) || (lookedAt !== undefined && since(lookedAt, now) < LOOK_AGAIN)) continue;
      await this.claims.whileHolding(`server:${id}`, (claim) => this.look(id, claim));
    }
  }

  private async look(serverId: Id<'server'>, claim: Fenced): Promise<void> {
    const installer = await this.installers.of(serverId);
    if (!installer.ok || !installer.value.drift || !installer.value.setRight) return;
    const found = await installer.value.drift();
    if (!found.ok) {
      this.log.warn({ server: serverId, problem: found.problem }, 'nobody could look for what was changed by hand');
      return;
    }
    const lookedAt = this.clock.now();
    const last = (await this.store.of([serverId])).get(serverId);
    if (found.value.length === 0) {
      await this.store.write({ found: [], ...last, serverId, lookedAt });
      return;
    }
    const seen = { serverId, lookedAt, foundAt: lookedAt, found: found.value };
    // Before anything is done about it: what is put aside is not found a second time.
    await this.store.write(seen);
    const right = await installer.value.setRight(Number(claim.fence));
    if (!right.ok) {
      this.log.warn({ server: serverId, problem: right.problem }, 'what was changed by hand could not be set right');
      return;
    }
    await this.store.write({ ...seen, setRightAt: this.clock.now() });
    await this.prove(serverId);
  }

  /** Compared as a whole; and as much as one deployment of any server has room for is put there again, so that handshakes say what is served. */
  private async prove(serverId: Id<'server'>): Promise<void> {
    const some = await this.bindings.pageOfServer(serverId, '', PUT_AGAIN);
    unwrap(
      await this.transactions.run(async (tx) => {
        // What is lost differs from what is wanted, and is found by comparing.
        await this.comparisons.ask(serverId, tx);
        if (some.length > 0) await this.bindings.putAgain(tx, some);
        else await this.queue.send('server.deploy', { id: serverId }, { tx });
        return ok(undefined);
      }),
    );
  }
}
