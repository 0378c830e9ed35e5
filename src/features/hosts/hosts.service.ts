import { Inject, Injectable } from '@nestjs/common';
import { HOSTS, type Hosts as Machines } from '../../adapters/hosts/hosts.js';
import type { SshPublicKey } from '../../cores/ssh/public-key.js';
import type { Actor, TokenScope } from '../../values/actor.js';
import { parseId } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { ok, type Result } from '../../values/result.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import type { Host } from './host.js';
import { HostsStore } from './hosts.store.js';

/** Hosts, for those who own them. */
@Injectable()
export class Hosts implements OwnershipLoader {
  readonly kind = 'host';

  constructor(
    private readonly store: HostsStore,
    private readonly access: Access,
    @Inject(HOSTS) private readonly machines: Machines,
  ) {
    access.register(this);
  }

  one(actor: Actor, id: string): Promise<Result<Host>> {
    return this.owned(actor, 'READ', 'id', id);
  }

  /** The key that answers there now. Nothing is kept: whether it is the right one, a person says, by pinning it. SERVER_UNREACHABLE. */
  async offeredKey(actor: Actor, id: string): Promise<Result<SshPublicKey>> {
    const host = await this.owned(actor, 'WRITE_SERVERS', 'hostId', id);
    return host.ok ? this.machines.offeredKey(host.value) : host;
  }

  async page(actor: Actor, request: Result<PageRequest>): Promise<Result<Page<Host>>> {
    if (!request.ok) return request;
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageBelow(actor.accountPath, request.value)) : allowed;
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }

  private async owned(actor: Actor, scope: TokenScope, field: string, id: string): Promise<Result<Host>> {
    const parsed = parseId('host', id);
    if (!parsed.ok) return { ok: false, problem: about(field, parsed.problem) };
    const allowed = await this.access.require(actor, scope, 'host', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }
}
