import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../values/clock.js';
import { plus, type Instant } from '../../values/instant.js';
import { gatheredFor } from '../servers/server.js';
import { Servers } from '../servers/servers.service.js';
import { DeploymentsStore } from './deployments.store.js';

/** How often a server is changed: what comes shortly after a change is gathered for the next one. */
@Injectable()
export class DeploymentPace {
  constructor(
    private readonly store: DeploymentsStore,
    private readonly servers: Servers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** When the next change of the server may begin; undefined where that is now. */
  async notBefore(serverId: string): Promise<Instant | undefined> {
    const server = (await this.servers.byIds([serverId])).get(serverId);
    const window = server ? gatheredFor(server) : 0;
    if (window === 0) return undefined;
    const ended = await this.store.lastEnd(serverId);
    const now = this.clock.now();
    // A clock that was set back gives no longer pause.
    return ended !== undefined && ended <= now && now < plus(ended, window) ? plus(ended, window) : undefined;
  }
}
