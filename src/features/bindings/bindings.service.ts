import { Inject, Injectable } from '@nestjs/common';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { plus, type Instant } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import type { Page, PageRequest } from '../../values/page.js';
import { ok, type Result } from '../../values/result.js';
import { Dependents, dependsOnIt, type Dependent } from '../accounts/dependents.service.js';
import { ServedCertificates, type ServesCertificates } from '../certificates/served-certificates.service.js';
import { installAgainAfter, type Binding } from './binding.js';
import { BindingsStore, type Bound, type Seen } from './bindings.store.js';

/** The map of which certificate shall answer where, and what of it could not be proven. Deployments make it true. */
@Injectable()
export class Bindings implements OwnershipLoader, ServesCertificates {
  readonly kind = 'binding';

  constructor(
    private readonly store: BindingsStore,
    private readonly access: Access,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    served: ServedCertificates,
    dependents: Dependents,
  ) {
    access.register(this);
    served.register(this);
    dependents.register({ on: 'site', dependents: async (tx, siteId, limit) => (await store.some(tx, { siteId }, limit)).map(answered) });
    dependents.register({
      on: 'server',
      dependents: async (tx, serverId, limit) => (await store.some(tx, { serverId }, limit)).map(answered),
    });
    dependents.register({
      on: 'address',
      dependents: async (tx, addressId, limit) => (await store.some(tx, { addressId }, limit)).map(answered),
    });
  }

  /** Its certificate could not be proven: what was served before stays, and it is tried again later. */
  async refuse(tx: Tx, { id, serverId, certificateId, refused }: Binding): Promise<void> {
    const attempts = (refused?.certificateId === certificateId ? refused.attempts : 0) + 1;
    const after = installAgainAfter(attempts);
    await this.store.refuse(tx, id, { certificateId, attempts, retryAt: plus(this.clock.now(), after) });
    await this.queue.send('server.deploy', { id: serverId }, { tx, after });
  }

  /** They are proven. Whoever has to look at their sites is told. */
  async accept(tx: Tx, proven: readonly Bound[]): Promise<void> {
    await this.store.accept(tx, proven);
    const ids = proven.map(({ id }) => id);
    const accepted = [...(await this.store.byIds(ids, tx)).values()];
    for (const id of new Set(accepted.map(({ siteId }) => siteId))) await this.queue.send('site.served', { id }, { tx });
  }

  /** Another certificate is bound there, newer or not, and alone: somebody has decided that it is the right one. */
  async rebind(tx: Tx, bindings: readonly Pick<Binding, 'id'>[], certificateId: string): Promise<void> {
    for (const { id } of bindings) await this.store.point(tx, id, certificateId, undefined, this.clock.now());
  }

  /** What is bound there is put on the servers once more, now, even where they say that they have it. */
  async putAgain(tx: Tx, bindings: readonly Pick<Binding, 'id' | 'serverId'>[]): Promise<void> {
    await this.store.putAgain(
      tx,
      bindings.map(({ id }) => id),
    );
    for (const id of new Set(bindings.map(({ serverId }) => serverId))) await this.queue.send('server.deploy', { id }, { tx });
  }

  /** What a handshake showed there is not what it shall be: their servers look after it. */
  async doubt(bindings: readonly Pick<Binding, 'id' | 'serverId'>[]): Promise<void> {
    await this.unsettle(bindings);
    for (const id of new Set(bindings.map(({ serverId }) => serverId))) await this.queue.send('server.deploy', { id });
  }

  /** What there is to do at a server now: at most so many, the least refused first. */
  unsettled(serverId: string, limit: number): Promise<readonly Binding[]> {
    return this.store.unsettled(serverId, this.clock.now(), limit);
  }

  /** The server shows them as they shall be. */
  async settle(shown: readonly Bound[]): Promise<void> {
    await this.store.settle(shown);
  }

  /** The server shows something else. */
  async unsettle(bindings: readonly Pick<Binding, 'id'>[]): Promise<void> {
    if (bindings.length > 0) await this.store.unsettle(bindings.map(({ id }) => id));
  }

  /** What handshakes showed there, in the order in which they were made. */
  saw(seen: readonly Seen[]): Promise<void> {
    return this.store.saw(seen);
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, Binding>> {
    return this.store.byIds(ids, tx);
  }

  /** After `after`, in order of ids. */
  pageOfServer(serverId: string, after: string, limit: number): Promise<readonly Binding[]> {
    return this.store.pageOfServer(serverId, after, limit);
  }

  /** Some at an address without others, from a number between 0 and 1 on that the caller draws. */
  someAt(serverId: string, ip: string, without: readonly string[], from: number, limit: number): Promise<readonly Binding[]> {
    return this.store.someAt(serverId, ip, without, from, limit);
  }

  ofSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, readonly Binding[]>> {
    return this.store.ofSites(siteIds);
  }

  async dropFromPairs(tx: Tx, certificateId: string): Promise<void> {
    for (const id of await this.store.dropFromPairs(tx, certificateId)) await this.queue.send('server.deploy', { id }, { tx });
  }

  async placesOf(tx: Tx, certificateId: string, limit: number): Promise<readonly string[]> {
    const bindings = await this.store.ofCertificate(tx, certificateId, limit);
    return bindings.map(({ name, ip, port }) => `${name} at ${endpointText({ address: ip, port })}`);
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

/** It goes along with its site or its address. A server is never taken away while there is one. */
const answered = ({ id, name, ip: address, port }: Binding): Dependent => ({
  cause: dependsOnIt(id, `${name} is to be answered at ${endpointText({ address, port })}.`),
  goesAlong: true,
});
