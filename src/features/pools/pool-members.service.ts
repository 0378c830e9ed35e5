import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations, type Done } from '../../platform/mutations/mutations.service.js';
import { Access } from '../accounts/access.service.js';
import type { Server } from '../servers/server.js';
import { Servers } from '../servers/servers.service.js';
import { HomeSites } from '../sites/home-sites.service.js';
import { mayJoin, type Pool } from './pool.js';
import { PoolsStore } from './pools.store.js';

type Changed = Result<{ server: Server; replayed: boolean }>;

/** Who is in a pool. Its sites follow: what each shows at one member, it shows at all, and at one that left no more. */
@Injectable()
export class PoolMembers {
  constructor(
    private readonly store: PoolsStore,
    private readonly servers: Servers,
    private readonly homes: HomeSites,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  async join(actor: Actor, ids: { serverId: string; poolId: string }, key: string): Promise<Changed> {
    const input = allFields({ serverId: parseId('server', ids.serverId), poolId: parseId('pool', ids.poolId) });
    const allow = async ({ serverId, poolId }: { serverId: string; poolId: string }): Promise<Result<void>> => {
      const allowed = await this.access.require(actor, 'WRITE_SERVERS', 'server', [serverId]);
      return allowed.ok ? this.access.require(actor, 'WRITE_SERVERS', 'pool', [poolId]) : allowed;
    };
    const done = await this.mutations.run({ by: actor, action: 'pool.join', key, input, allow }, async (tx, { serverId, poolId }) => {
      const { pool, server, members } = await this.lock(tx, poolId, serverId);
      const may = mayJoin(server, pool, members);
      if (!may.ok) return may;
      await this.servers.setPool(tx, serverId, poolId);
      // Its own sites answer at the others from now on.
      for (const { id } of members) await this.queue.send('addresses.changed', { id }, { tx });
      return ok(serverId);
    });
    return this.changed(done);
  }

  /** Sites that have their home there get it at another member; POOL_LAST_SERVER where there is none. */
  async leave(actor: Actor, serverId: string, key: string): Promise<Changed> {
    const parsed = parseId('server', serverId);
    const input = parsed.ok ? parsed : err(about('serverId', parsed.problem));
    const allow = (id: string) => this.access.require(actor, 'WRITE_SERVERS', 'server', [id]);
    const done = await this.mutations.run({ by: actor, action: 'pool.leave', key, input, allow }, async (tx, id) => {
      const poolId = (await this.servers.byIds([id], tx)).get(id)?.poolId;
      if (poolId === undefined) return err(noMember(id));
      const { members, server } = await this.lock(tx, poolId, id);
      if (server.poolId !== poolId) return err(noMember(id));
      const next = members.find((member) => member.id !== id);
      if (next) await this.homes.moveAll(tx, id, next.id);
      else if (await this.homes.any(tx, id)) return err(problem('POOL_LAST_SERVER', {}, { subject: id }));
      await this.servers.setPool(tx, id, undefined);
      return ok(id);
    });
    return this.changed(done);
  }

  /** The pool first, then its members and the server: nobody relies meanwhile on who is in it. */
  private async lock(
    tx: Tx,
    poolId: Id<'pool'>,
    serverId: Id<'server'>,
  ): Promise<{ pool: Pool; server: Server; members: readonly Server[] }> {
    const pool = (await this.store.lock(tx, poolId))!;
    const members = (await this.servers.membersOf([poolId], tx)).get(poolId)!;
    await this.servers.lock(tx, [...members.map(({ id }) => id), serverId], { share: false });
    return { pool, members, server: (await this.servers.byIds([serverId], tx)).get(serverId)! };
  }

  private async changed(done: Result<Done>): Promise<Changed> {
    if (!done.ok) return done;
    return ok({ server: (await this.servers.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }
}

const noMember = (serverId: string) => problem('WRONG_STATE', { state: 'no member', needs: 'a member of a pool' }, { subject: serverId });
