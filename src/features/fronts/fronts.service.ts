import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { LOG, type Log } from '../../platform/log/log.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { Id } from '../../values/id.js';
import { problem } from '../../values/problems/problem.js';
import { err, type Result } from '../../values/result.js';
import type { Front } from '../pools/pool.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import { Servers } from '../servers/servers.service.js';
import type { Step } from './front.js';
import { FrontsStore, type LaggingMember } from './fronts.store.js';

/** Tells what stands in front of a pool which members get visitors. Each may be told again. */
@Injectable()
export class Fronts {
  constructor(
    private readonly store: FrontsStore,
    private readonly servers: Servers,
    private readonly installers: ServerInstallers,
    private readonly claims: Claims,
    @Inject(LOG) private readonly log: Log,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One that is out is told to be so each time: a front that was set up anew does not know it. */
  async take({ serverId, do: what }: Step, front: Front): Promise<void> {
    const now = this.clock.now();
    if (what === 'note') await this.store.note(serverId, now);
    if (what === 'putBack') await this.putBack((await this.store.ofServers([serverId])).get(serverId));
    if (what !== 'takeOut') return;
    await this.store.takingOut(serverId, front, now);
    await this.tell('takeOut', front, serverId);
  }

  /** Also of one that has left its pool. Where the front does not hear it, it is told again. */
  async putBack(member: LaggingMember | undefined): Promise<void> {
    if (!member) return;
    const done = member.front ? await this.tell('putBack', member.front, member.serverId) : true;
    if (done) await this.store.forget(member.serverId);
  }

  all(): Promise<readonly LaggingMember[]> {
    return this.store.all();
  }

  /** For field resolvers: the servers were already shown to the caller. Those that do not lag are not in the map. */
  lagging(serverIds: readonly string[]): Promise<ReadonlyMap<string, LaggingMember>> {
    return this.store.ofServers(serverIds);
  }

  /** False where it was not done. */
  private async tell(what: 'takeOut' | 'putBack', { serverId: frontId, backend }: Front, memberId: Id<'server'>): Promise<boolean> {
    const member = (await this.servers.byIds([memberId])).get(memberId)!.name;
    const held = await this.claims.whileHolding(`server:${frontId}`, async (claim): Promise<Result<void>> => {
      const installer = await this.installers.of(frontId);
      if (!installer.ok) return installer;
      const told = installer.value[what]?.(backend, member, Number(claim.fence));
      return (await told) ?? err(problem('SERVER_REFUSED', { server: frontId, detail: 'it takes nobody out' }));
    });
    if (!held.held) return false;
    const { value: done } = held;
    const facts = { front: frontId, backend, member: memberId };
    if (done.ok) {
      this.log.info(facts, what === 'takeOut' ? 'a member of a pool lags: it gets no visitors' : 'a member of a pool gets visitors again');
      return true;
    }
    this.log.warn({ ...facts, problem: done.problem }, 'what stands in front of a pool could not be told');
    return false;
  }
}
