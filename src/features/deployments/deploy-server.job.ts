import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import type { Fenced } from '../../platform/database/transaction.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { LOG, type Log } from '../../platform/log/log.js';
import type { Id } from '../../values/id.js';
import { seconds, type Duration, type Instant } from '../../values/instant.js';
import { MOST_CHANGES } from '../servers/server.js';
import { DeploymentPace } from './deployment-pace.service.js';
import { DeploymentRecords } from './deployment-records.service.js';
import { DeploymentWalk, TAKEN_AGAIN, UNREACHABLE_AGAIN } from './deployment-walk.service.js';

/** Changes that came together are made together, or at worst one by one; with more than this in a row something goes round in circles. */
const MOST_DEPLOYMENTS = 2 * Math.max(...Object.values(MOST_CHANGES));

type Again = { readonly at: Instant } | { readonly after: Duration };

/** Brings a server to what shall be served there: one deployment after the other, until there is nothing to change. */
@Injectable()
export class DeployServerJob implements JobHandler {
  readonly name = 'server.deploy';
  readonly concurrency = 4;
  readonly patience = seconds(1);
  readonly atEdge = true;

  constructor(
    private readonly records: DeploymentRecords,
    private readonly deployment: DeploymentWalk,
    private readonly pace: DeploymentPace,
    private readonly claims: Claims,
    private readonly jobs: Jobs,
    @Inject(LOG) private readonly log: Log,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const held = await this.claims.whileHolding(`server:${id}`, (claim) => this.deploy(id as Id<'server'>, claim));
    const again = held.held ? held.value : { after: TAKEN_AGAIN };
    if (!again) return;
    if ('at' in again) await this.jobs.sendAt(this.name, { id }, again.at);
    else await this.jobs.sendLater(this.name, { id }, again.after);
  }

  /** When to go on; undefined where there is nothing to do now. */
  private async deploy(serverId: Id<'server'>, claim: Fenced): Promise<Again | undefined> {
    for (let made = 0; made < MOST_DEPLOYMENTS; made++) {
      const at = await this.pace.notBefore(serverId);
      if (at !== undefined) return { at };
      const next = await this.records.next(serverId, claim);
      if (!next.ok) {
        if (next.problem.code === 'CLAIM_LOST') return undefined;
        this.log.warn({ server: serverId, problem: next.problem }, 'no plan could be made');
        return { after: UNREACHABLE_AGAIN };
      }
      if (!next.value) return undefined;
      const end = await this.deployment.walk(next.value, claim);
      if (end === 'lost') return undefined;
      if (end !== 'ended') return { after: end.again };
    }
    throw new Error(`server ${serverId} did not come to rest in ${MOST_DEPLOYMENTS} deployments`);
  }
}
