import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, parseId, type Id } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { lineOf, type Account } from '../accounts/account.js';
import { fits, parseNewAddress, type Address, type AddressInput, type NewAddress } from './address.js';
import type { Server } from './server.js';
import { ServersStore } from './servers.store.js';

/** Servers and their addresses. */
@Injectable()
export class Servers implements OwnershipLoader {
  readonly kind = 'server';

  constructor(
    private readonly store: ServersStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    access.register(this);
    access.register({ kind: 'address', ownerPaths: (ids) => this.addressOwnerPaths(ids) });
  }

  async addAddress(actor: Actor, input: AddressInput, key: string): Promise<Result<{ address: Address; replayed: boolean }>> {
    const command = parseNewAddress(input);
    const allow = async ({ serverId, dedicatedTo }: NewAddress) => {
      const known = dedicatedTo ? await this.access.require(actor, 'WRITE_SERVERS', 'account', [dedicatedTo]) : ok(undefined);
      return known.ok ? this.access.require(actor, 'WRITE_SERVERS', 'server', [serverId]) : known;
    };
    const done = await this.mutations.run({ by: actor, action: 'server.addAddress', key, input: command, allow }, async (tx, wanted) => {
      const address: Address = { ...wanted, id: newId('address', this.clock.now(), this.random) };
      await this.store.lock(tx, wanted.serverId, { share: false });
      const server = (await this.store.byIds([wanted.serverId])).get(wanted.serverId)!;
      const fitting = fits(wanted, server.kind);
      if (!fitting.ok) return fitting;
      const added = await this.store.insertAddress(tx, address);
      if (!added) return err(about('ip', problem('NAME_IN_USE', { name: address.ip })));
      await this.queue.send('addresses.changed', { id: wanted.serverId }, { tx });
      return ok(address.id);
    });
    if (!done.ok) return done;
    return ok({ address: (await this.store.addressesByIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  /** A server's addresses, which stay so until the transaction ends. */
  async lockAddresses(tx: Tx, serverId: string): Promise<readonly Address[]> {
    await this.store.lock(tx, serverId, { share: true });
    return this.store.addressesOf([serverId], tx);
  }

  /**
   * With `share`: nobody changes their addresses or their pool, nor which sites they have, until the transaction ends. Without: it is for who does
   * so. In one order for all.
   */
  lock(tx: Tx, serverIds: readonly string[], { share }: { share: boolean }): Promise<void> {
    return this.store.lockAll(tx, serverIds, { share });
  }

  /** For each server those that answer for its sites: itself first, and the other members of its pool. */
  async togetherWith(serverIds: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, readonly Id<'server'>[]>> {
    const servers = await this.store.byIds(serverIds, tx);
    const members = await this.store.membersOf([...new Set([...servers.values()].flatMap(({ poolId }) => poolId ?? []))], tx);
    return new Map(
      [...servers].map(([id, server]) => {
        const others = (members.get(server.poolId ?? '') ?? []).map((member) => member.id).filter((member) => member !== id);
        return [id, [server.id, ...others]];
      }),
    );
  }

  membersOf(poolIds: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, readonly Server[]>> {
    return this.store.membersOf(poolIds, tx);
  }

  /** Undefined: of none any more. The server is locked; its sites follow. */
  async setPool(tx: Tx, serverId: string, poolId: Id<'pool'> | undefined): Promise<void> {
    await this.store.setPool(tx, serverId, poolId);
    await this.queue.send('addresses.changed', { id: serverId }, { tx });
  }

  /**
   * The named server, or the oldest one with room, of those that an account may use: its own and those of the accounts above.
   * ADDRESSES_DEDICATED where it has addresses, and all are others'.
   */
  async forUse({ id: accountId, path }: Pick<Account, 'id' | 'path'>, serverId: string | null, tx?: Tx): Promise<Result<Server>> {
    const found = await this.store.firstOf(lineOf(path), { id: serverId ?? undefined, accountId }, tx);
    if (!found) return err(problem('NOT_FOUND', { what: 'server' }, { subject: serverId ?? 'serverId' }));
    if (tx) await this.store.lock(tx, found.server.id, { share: true });
    return found.hasRoom ? ok(found.server) : err(about('serverId', problem('ADDRESSES_DEDICATED', { server: found.server.name })));
  }

  /** Of all that there are: for rounds over them. */
  ids(): Promise<readonly Id<'server'>[]> {
    return this.store.ids();
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, Server>> {
    return this.store.byIds(ids, tx);
  }

  addressesByIds(ids: readonly string[]): Promise<ReadonlyMap<string, Address>> {
    return this.store.addressesByIds(ids);
  }

  /** Addresses by server, in the order of their adding; an empty list for a server without any. */
  async addressesOf(serverIds: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, readonly Address[]>> {
    const addresses = Map.groupBy(await this.store.addressesOf(serverIds, tx), ({ serverId }): string => serverId);
    return new Map(serverIds.map((id) => [id, addresses.get(id) ?? []]));
  }

  async one(actor: Actor, id: string): Promise<Result<Server>> {
    const parsed = parseId('server', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'server', [id], 'USE');
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** One address of a server that the actor may use. */
  async address(actor: Actor, id: string): Promise<Result<Address>> {
    const parsed = parseId('address', id);
    if (!parsed.ok) return err(about('addressId', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'address', [id], 'USE');
    return allowed.ok ? ok((await this.store.addressesByIds([id])).get(id)!) : allowed;
  }

  /** Those that the actor may use. */
  async page(actor: Actor, request: Result<PageRequest>): Promise<Result<Page<Server>>> {
    if (!request.ok) return request;
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageOf(lineOf(actor.accountPath), request.value)) : allowed;
  }

  /** Of accounts that addresses are dedicated to: those that the actor may know. */
  knownAccounts(actor: Actor, accountIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.access.within(actor, 'account', accountIds);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }

  private async addressOwnerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const addresses = await this.store.addressesByIds(ids);
    const owners = await this.store.ownerPaths([...addresses.values()].map((address) => address.serverId));
    return new Map([...addresses].map(([id, address]) => [id, owners.get(address.serverId)!]));
  }
}
