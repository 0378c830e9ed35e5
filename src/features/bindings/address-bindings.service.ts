import { Inject, Injectable } from '@nestjs/common';
import { Transactions, type Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { ok, unwrap } from '../../values/result.js';
import { isWeb, type Address } from '../servers/address.js';
import { Servers } from '../servers/servers.service.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { toSpread } from './binding.js';
import { BindingsStore } from './bindings.store.js';
import { Comparisons } from './comparisons.service.js';
import { SiteBindings } from './site-bindings.service.js';

/** Bindings follow the addresses of their server, and the sites that it has. */
@Injectable()
export class AddressBindings {
  constructor(
    private readonly store: BindingsStore,
    private readonly comparisons: Comparisons,
    private readonly servers: Servers,
    private readonly sites: SiteBindings,
    private readonly siteServers: SiteServers,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  /** A web site has one port at an address, and goes where that goes; mail has several, and goes where one is left. */
  private followPorts(tx: Tx, address: Address): Promise<number> {
    if (isWeb(address)) return this.store.move(tx, address.id, address.httpsPort);
    const ports = address.mailPorts.map(({ port }) => port);
    return this.store.deleteAtOtherPorts(tx, address.id, ports);
  }

  /**
   * Nothing is bound any more at an address that is gone, nor of a site that this server has no more; at one with another port the bindings
   * move there. At a new address, and on a server that is new to a site, it shows what it shows elsewhere. Does nothing where that is so already.
   */
  async follow(serverId: string): Promise<void> {
    unwrap(
      await this.transactions.run(async (tx) => {
        const addresses = await this.servers.lockAddresses(tx, serverId);
        let changed = await this.store.deleteElsewhere(
          tx,
          serverId,
          addresses.map(({ id }) => id),
        );
        changed += await this.store.deleteOfOthers(tx, serverId, await this.siteServers.sitesOf(serverId, tx));
        for (const address of addresses) changed += await this.followPorts(tx, address);
        if (changed > 0) {
          // What is there without being bound any more is found by looking at the whole.
          await this.comparisons.ask(serverId, tx);
          await this.queue.send('server.deploy', { id: serverId }, { tx });
        }
        return ok(undefined);
      }),
    );
    const shown = await this.store.ofSites(await this.siteServers.sitesOf(serverId));
    for (const { siteId, certificateId, beside } of toSpread([...shown.values()].flat()))
      await this.sites.bind(siteId, certificateId, beside);
  }
}
