import { Injectable } from '@nestjs/common';
import { Accounts } from '../accounts/accounts.service.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Servers } from '../servers/servers.service.js';
import type { Actor } from '../../values/actor.js';
import { parseId } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { refusalOf, type Deployment } from './deployment.js';
import { DeploymentsStore, type DeploymentEvent } from './deployments.store.js';

/** Reading what was deployed; the job writes it. Deployments belong to the server's owner, since they may hold many tenants' sites. */
@Injectable()
export class Deployments implements OwnershipLoader {
  readonly kind = 'deployment';

  constructor(
    private readonly store: DeploymentsStore,
    private readonly access: Access,
    private readonly accounts: Accounts,
    private readonly servers: Servers,
    private readonly bindings: Bindings,
  ) {
    access.register(this);
  }

  async one(actor: Actor, id: string): Promise<Result<Deployment>> {
    const parsed = parseId('deployment', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'deployment', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** A page for each of the servers that are the actor's; others are not in the map. */
  async pagesOfServers(
    actor: Actor,
    serverIds: readonly string[],
    request: PageRequest,
  ): Promise<Result<ReadonlyMap<string, Page<Deployment>>>> {
    const allowed = this.access.scope(actor, 'READ');
    if (!allowed.ok) return allowed;
    const own = await this.access.within(actor, 'server', serverIds);
    return ok(await this.store.pagesOfServers([...own], request));
  }

  events(ids: readonly string[]): Promise<ReadonlyMap<string, readonly DeploymentEvent[]>> {
    return this.store.events(ids);
  }

  /** For field resolvers: why the last deployment did not serve these bindings. Those that it served are not in the map. */
  async refusals(bindingIds: readonly string[]): Promise<ReadonlyMap<string, Problem>> {
    const bindings = await this.bindings.byIds(bindingIds);
    const ended = await this.store.lastEndedOf([...bindings.values()]);
    return new Map(
      [...ended].flatMap(([id, deployment]) => {
        const refusal = refusalOf(deployment, id);
        return refusal ? [[id, refusal] as const] : [];
      }),
    );
  }

  async ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const deployments = await this.store.byIds(ids);
    const servers = await this.servers.byIds([...deployments.values()].map(({ serverId }) => serverId));
    const accounts = await this.accounts.byIds([...servers.values()].map(({ accountId }) => accountId));
    const pathOf = (serverId: string) => accounts.get(servers.get(serverId)?.accountId ?? '')?.path;
    return new Map([...deployments].flatMap(([id, { serverId }]) => (pathOf(serverId) ? [[id, pathOf(serverId)!] as const] : [])));
  }
}
