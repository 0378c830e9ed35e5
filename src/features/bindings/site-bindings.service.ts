import { Inject, Injectable } from '@nestjs/common';
import { Transactions, type Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Id } from '../../values/id.js';
import { ok, unwrap } from '../../values/result.js';
import { isGivenUp } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { tlsPlaces } from '../servers/address.js';
import { Servers } from '../servers/servers.service.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { wantedFor } from './binding.js';
import { BindingPlaces } from './binding-places.service.js';

/** Lets sites answer with certificates. */
@Injectable()
export class SiteBindings {
  constructor(
    private readonly places: BindingPlaces,
    private readonly certificates: Certificates,
    private readonly servers: Servers,
    private readonly siteServers: SiteServers,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  /**
   * Lets a site's names answer with a certificate, wherever it covers them; wakes the deployments of its servers. Twice is once. `beside`: beside
   * one of the other key family.
   */
  async bind(siteId: Id<'site'>, certificateId: Id<'certificate'>, beside: boolean, done?: (tx: Tx) => Promise<void>): Promise<void> {
    unwrap(
      await this.transactions.run(async (tx) => {
        const certificate = await this.certificates.lock(tx, certificateId);
        // Nobody is to be shown a certificate that its owner has given up, nor gives up one meanwhile without hearing that it is shown.
        if (!certificate || isGivenUp(certificate)) return ok(undefined);
        const locked = await this.siteServers.lock(tx, siteId, { share: true });
        if (!locked) return ok(undefined);
        const { site, servers } = locked;
        // That no address answers with another tenant's certificate rests on this.
        if (certificate.accountId !== site.accountId) throw new Error(`certificate ${certificateId} is not of the account of ${siteId}`);
        const addresses = [...(await this.servers.addressesOf(servers, tx)).values()].flat();
        // No server with an address: there is nowhere to bind yet, and whoever asked asks again.
        if (addresses.length === 0) return ok(undefined);
        const places = tlsPlaces(addresses, site.accountId);
        for (const wanted of wantedFor(site.names, places, certificate)) await this.places.point(tx, site, wanted, certificate, beside);
        for (const id of new Set(places.map(({ serverId }) => serverId))) await this.queue.send('server.deploy', { id }, { tx });
        await done?.(tx);
        return ok(undefined);
      }),
    );
  }
}
