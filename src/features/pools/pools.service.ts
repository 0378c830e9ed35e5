import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, parseId } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { Dependents, dependsOnIt } from '../accounts/dependents.service.js';
import { lineOf } from '../accounts/account.js';
import { Servers } from '../servers/servers.service.js';
import { parseNewPool, type NewPool, type Pool, type PoolInput } from './pool.js';
import { PoolsStore } from './pools.store.js';

/** Pools, and who may see them: whoever may use their servers. */
@Injectable()
export class Pools implements OwnershipLoader {
  readonly kind = 'pool';

  constructor(
    private readonly store: PoolsStore,
    private readonly servers: Servers,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    dependents: Dependents,
  ) {
    access.register(this);
    const stays = (subject: string, what: string) => ({ cause: dependsOnIt(subject, what), goesAlong: false });
    dependents.register({
      on: 'server',
      dependents: async (tx, id, limit) => {
        const poolId = (await servers.byIds([id], tx)).get(id)?.poolId;
        const fronted = (await store.behind(tx, id, limit)).map((pool) => stays(pool.id, `It stands in front of the pool ${pool.id}.`));
        return [...(poolId === undefined ? [] : [stays(poolId, `It is a member of the pool ${poolId}.`)]), ...fronted];
      },
    });
  }

  async create(actor: Actor, input: PoolInput, key: string): Promise<Result<{ pool: Pool; replayed: boolean }>> {
    const command = parseNewPool(input, actor.accountId);
    const allow = async ({ accountId, front }: NewPool): Promise<Result<void>> => {
      const allowed = await this.access.require(actor, 'WRITE_SERVERS', 'account', [accountId]);
      return allowed.ok && front ? this.access.require(actor, 'WRITE_SERVERS', 'server', [front.serverId]) : allowed;
    };
    const done = await this.mutations.run({ by: actor, action: 'pool.create', key, input: command, allow }, async (tx, wanted) => {
      const front = wanted.front && (await this.servers.byIds([wanted.front.serverId], tx)).get(wanted.front.serverId);
      if (front && front.kind !== 'HAPROXY') return err(about('frontServerId', problem('INVALID_INPUT', { detail: 'it is no HAProxy' })));
      const now = this.clock.now();
      const pool: Pool = { ...wanted, id: newId('pool', now, this.random), createdAt: now };
      await this.store.insert(tx, pool);
      return ok(pool.id);
    });
    if (!done.ok) return done;
    return ok({ pool: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Pool>> {
    return this.store.byIds(ids);
  }

  withFront(): Promise<readonly Pool[]> {
    return this.store.withFront();
  }

  async one(actor: Actor, id: string): Promise<Result<Pool>> {
    const parsed = parseId('pool', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'pool', [id], 'USE');
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** Those whose servers the actor may use. */
  async page(actor: Actor, request: Result<PageRequest>): Promise<Result<Page<Pool>>> {
    if (!request.ok) return request;
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageOf(lineOf(actor.accountPath), request.value)) : allowed;
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}
