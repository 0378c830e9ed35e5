import { Inject, Injectable } from '@nestjs/common';
import { Transactions } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { RANDOM, type Random } from '../../values/random.js';
import { ok, unwrap } from '../../values/result.js';
import { isWeb, type WebAddress } from './address.js';
import type { Server } from './server.js';
import { ServersStore } from './servers.store.js';

/** The server that the built-in edge is, as the configuration has it. */
@Injectable()
export class ConfiguredEdge {
  constructor(
    private readonly store: ServersStore,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** Whoever registered it. */
  find(): Promise<Server | undefined> {
    return this.store.edge();
  }

  /**
   * It listens at these addresses, with these ports. One that the configuration named before and does not name any more goes;
   * those that somebody added by hand stay. Does nothing where that is so already.
   */
  async listensAt(serverId: Server['id'], wanted: readonly Omit<WebAddress, 'id' | 'serverId'>[]): Promise<void> {
    const there = (await this.store.configuredAddresses(serverId)).filter(isWeb);
    const differing = wanted.filter(({ ip, httpPort, httpsPort }) => {
      return !there.some((address) => address.ip === ip && address.httpPort === httpPort && address.httpsPort === httpsPort);
    });
    const gone = there.filter(({ ip }) => !wanted.some((address) => address.ip === ip));
    if (differing.length + gone.length === 0) return;
    unwrap(
      await this.transactions.run(async (tx) => {
        await this.store.lock(tx, serverId, { share: false });
        for (const address of differing)
          await this.store.configureAddress(tx, { ...address, serverId, id: newId('address', this.clock.now(), this.random) });
        await this.store.deleteAddresses(
          tx,
          gone.map(({ id }) => id),
        );
        await this.queue.send('addresses.changed', { id: serverId }, { tx });
        return ok(undefined);
      }),
    );
  }
}
