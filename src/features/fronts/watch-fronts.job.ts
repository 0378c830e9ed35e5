import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Observations } from '../observations/observations.service.js';
import { Pools } from '../pools/pools.service.js';
import type { Server } from '../servers/server.js';
import { Servers } from '../servers/servers.service.js';
import { decide, unprovenOf, type Looked, type Member } from './front.js';
import { Fronts } from './fronts.service.js';
import type { LaggingMember } from './fronts.store.js';

/** Bindings read at a time. */
const PAGE = 500;

/** Takes members that lag out of the pools that something stands in front of, and puts those back that do no more. */
@Injectable()
export class WatchFrontsJob implements JobHandler {
  readonly name = 'front.watch';
  readonly concurrency = 1;
  readonly everyMinute = true;
  readonly atEdge = true;

  constructor(
    private readonly pools: Pools,
    private readonly servers: Servers,
    private readonly bindings: Bindings,
    private readonly observations: Observations,
    private readonly fronts: Fronts,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const pools = await this.pools.withFront();
    const members = await this.servers.membersOf(pools.map(({ id }) => id));
    const lagging = await this.fronts.all();
    for (const { id, front } of pools) {
      const known = await Promise.all(members.get(id)!.map((server) => this.look(server, lagging)));
      for (const step of decide(known, this.clock.now())) await this.fronts.take(step, front!);
    }
    const watched = new Set([...members.values()].flat().map(({ id }) => id));
    for (const member of lagging) if (!watched.has(member.serverId)) await this.fronts.putBack(member);
  }

  private async look({ id: serverId }: Server, lagging: readonly LaggingMember[]): Promise<Member> {
    const looked: Looked[] = [];
    for (let page = await this.bindings.pageOfServer(serverId, '', PAGE); page.length > 0;) {
      const outcomes = await this.observations.outcomes(page.map(({ id }) => id));
      for (const { id, name, certificateId, refused } of page) {
        const outcome = outcomes.get(id);
        // A handshake before another try proves the certificate that is still shown.
        const proven = outcome?.proven === true && refused?.certificateId !== certificateId;
        looked.push({ name, ...(outcome && { outcome: { at: outcome.at, proven } }) });
      }
      page = await this.bindings.pageOfServer(serverId, page.at(-1)!.id, PAGE);
    }
    const [unproven, lag] = [unprovenOf(looked, this.clock.now()), lagging.find((each) => each.serverId === serverId)];
    return { serverId, ...(unproven && { unproven }), ...(lag && { lag }) };
  }
}
