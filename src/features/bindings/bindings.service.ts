import { Inject, Injectable } from '@nestjs/common';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Servers } from '../servers/servers.service.js';
import { Sites } from '../sites/sites.service.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Transactions, type Tx } from '../../platform/database/transaction.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, type Id } from '../../values/id.js';
import { plus, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { RANDOM, type Random } from '../../values/random.js';
import { ok, unwrap, type Result } from '../../values/result.js';
import { installAgainAfter, replaces, wantedFor, type Binding } from './binding.js';
import { BindingsStore } from './bindings.store.js';

/** The map of which certificate shall answer where. Deployments make it true. */
@Injectable()
export class Bindings implements OwnershipLoader {
  readonly kind = 'binding';

  constructor(
    private readonly store: BindingsStore,
    private readonly access: Access,
    private readonly certificates: Certificates,
    private readonly servers: Servers,
    private readonly sites: Sites,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    access.register(this);
  }

  /** Lets a site's names answer with a certificate, wherever it covers them; wakes the server's deployment. Twice is once. */
  async bind(siteId: Id<'site'>, certificateId: Id<'certificate'>, done?: (tx: Tx) => Promise<void>): Promise<void> {
    const site = (await this.sites.byIds([siteId])).get(siteId);
    const certificate = (await this.certificates.byIds([certificateId])).get(certificateId);
    if (!site || !certificate) return;
    const places = (await this.servers.addressesOf([site.serverId])).get(site.serverId) ?? [];
    // A server without an address: there is nowhere to bind yet, and whoever asked asks again.
    if (places.length === 0) return;
    unwrap(
      await this.transactions.run(async (tx) => {
        // In one order for all, so that two certificates for one site do not wait for each other.
        for (const wanted of wantedFor(site.names, places, certificate).sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))) {
          const there = await this.store.lockAt(tx, wanted);
          const { accountId, serverId } = site;
          const id = newId('binding', this.clock.now(), this.random);
          if (!there) await this.store.insert(tx, { ...wanted, id, accountId, siteId, serverId, certificateId }, this.clock.now());
          else if (await this.isNewer(tx, certificateId, there.certificateId))
            await this.store.point(tx, there.id, certificateId, this.clock.now());
        }
        await this.queue.send('server.deploy', { id: site.serverId }, { tx });
        await done?.(tx);
        return ok(undefined);
      }),
    );
  }

  /** A server got another address: what its sites show at the others, they shall show there as well. */
  async spread(serverId: string): Promise<void> {
    const newest = new Map<Id<'site'>, Id<'certificate'>>();
    for (const { siteId, certificateId } of await this.store.ofServer(serverId)) newest.set(siteId, certificateId);
    for (const [siteId, certificateId] of newest) await this.bind(siteId, certificateId);
  }

  private async isNewer(tx: Tx, certificateId: string, boundId: string): Promise<boolean> {
    const both = await this.certificates.byIds([certificateId, boundId], tx);
    return certificateId !== boundId && replaces(both.get(certificateId)!, both.get(boundId));
  }

  /** An address answers on another port now. Does nothing where it was there already. */
  async move(addressId: string, port: number): Promise<void> {
    unwrap(
      await this.transactions.run(async (tx) => {
        for (const serverId of await this.store.move(tx, addressId, port)) await this.queue.send('server.deploy', { id: serverId }, { tx });
        return ok(undefined);
      }),
    );
  }

  /** Its certificate could not be proven: what was served before stays, and it is tried again later. Answers when. */
  async refuse(tx: Tx, binding: Binding): Promise<Instant> {
    const before = binding.refused?.certificateId === binding.certificateId ? binding.refused.attempts : 0;
    const retryAt = plus(this.clock.now(), installAgainAfter(before + 1));
    await this.store.refuse(tx, binding.id, { certificateId: binding.certificateId, attempts: before + 1, retryAt });
    return retryAt;
  }

  accept(tx: Tx, ids: readonly string[]): Promise<void> {
    return this.store.clearRefusals(tx, ids);
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, Binding>> {
    return this.store.byIds(ids, tx);
  }

  ofServer(serverId: string): Promise<readonly Binding[]> {
    return this.store.ofServer(serverId);
  }

  ofSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, readonly Binding[]>> {
    return this.store.ofSites(siteIds);
  }

  batch(after: string, limit: number): Promise<readonly Binding[]> {
    return this.store.batch(after, limit);
  }

  serversDue(now: Instant): Promise<readonly string[]> {
    return this.store.serversDue(now);
  }

  /** What the actor and those below bind at each of these addresses; never what others have there. */
  async pagesOfAddresses(
    actor: Actor,
    addressIds: readonly string[],
    request: PageRequest,
  ): Promise<Result<ReadonlyMap<string, Page<Binding>>>> {
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pagesOfAddresses(addressIds, actor.accountPath, request)) : allowed;
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}

const placeOf = ({ addressId, port, name }: { addressId: string; port: number; name: string }) => `${addressId} ${port} ${name}`;
