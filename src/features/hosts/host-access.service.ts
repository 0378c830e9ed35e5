import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Host as Tree } from '../../adapters/hosts/host.js';
import { HOSTS, type Hosts as Machines, type SshAccess } from '../../adapters/hosts/hosts.js';
import { Vault } from '../../platform/vault/vault.service.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Host } from './host.js';
import { HostsStore } from './hosts.store.js';

/** The way to one host. */
export type HostWay = {
  /** To the helper of one server there, by its name. */
  connect(helper: string): Result<Tree>;
  /** Does it answer, with its pinned key, and take ours? SERVER_UNREACHABLE, HOST_KEY_CHANGED. */
  greet(): Promise<Result<void>>;
};

/** How the other rooms reach a host: with what is pinned and sealed now, and not at all before a key is pinned. */
@Injectable()
export class HostAccess implements OnApplicationShutdown {
  constructor(
    private readonly store: HostsStore,
    private readonly vault: Vault,
    @Inject(HOSTS) private readonly machines: Machines,
  ) {}

  /** NOT_FOUND, HOST_NOT_PINNED; VAULT_KEY_MISSING and VAULT_ITEM_BROKEN where our key does not open. Dials nobody. */
  async of(hostId: string): Promise<Result<HostWay>> {
    const host = (await this.store.byIds([hostId])).get(hostId);
    return host ? this.to(host) : err(problem('NOT_FOUND', { what: 'host' }, { subject: hostId }));
  }

  async to(host: Host): Promise<Result<HostWay>> {
    const { id, address, port, user, hostKey, keyItemId } = host;
    if (hostKey === null) return err(problem('HOST_NOT_PINNED', { host: id }));
    const key = await this.vault.tryOpen(keyItemId);
    if (!key.ok) return key;
    const access: SshAccess = { id, address, port, user, hostKey, key: key.value };
    return ok({ connect: (helper) => this.machines.through(access, helper), greet: () => this.machines.greet(access) });
  }

  onApplicationShutdown(): void {
    this.machines.close();
  }
}
