import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import type { Fenced } from '../../platform/database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from '../../platform/fault-points.js';
import { LOG, type Log } from '../../platform/log/log.js';
import { seconds, type Duration } from '../../values/instant.js';
import { Comparisons } from '../bindings/comparisons.service.js';
import { isOutOfReach } from '../servers/server.js';
import { NEXT_STEP, type Deployment } from './deployment.js';
import { DeploymentRecords } from './deployment-records.service.js';
import { DeploymentSteps } from './deployment-steps.service.js';

/** A server that does not answer is asked again after this. */
export const UNREACHABLE_AGAIN = seconds(5);
/** Another worker has the server, or had it just now. */
export const TAKEN_AGAIN = seconds(2);

/** `again`: it goes on after that span. `lost`: another worker goes on with it. */
type WalkEnd = 'ended' | 'lost' | { readonly again: Duration };

/** Takes one deployment step after step to its end. */
@Injectable()
export class DeploymentWalk {
  constructor(
    private readonly steps: DeploymentSteps,
    private readonly records: DeploymentRecords,
    private readonly claims: Claims,
    private readonly comparisons: Comparisons,
    @Inject(LOG) private readonly log: Log,
    @Inject(FAULT_POINTS) private readonly faults: FaultPoints,
  ) {}

  async walk(start: Deployment, claim: Fenced): Promise<WalkEnd> {
    let deployment = start;
    for (let step = NEXT_STEP[deployment.state]; step; step = NEXT_STEP[deployment.state]) {
      await this.faults.reached(`deployment.${step}.intended`);
      const outcome = await this.steps.take(deployment, step, Number(claim.fence));
      await this.faults.reached(`deployment.${step}.done`);
      const facts = { server: deployment.serverId, step };
      if (!outcome.ok && outcome.problem.code === 'STALE_FENCE') {
        this.log.warn({ ...facts, problem: outcome.problem }, 'the server has seen a newer worker');
        // This database is not the one that the server knew: what is written here of what is there may be wrong too.
        await this.comparisons.ask(deployment.serverId);
        await this.claims.raise(claim, BigInt(outcome.problem.facts['newest'] as number));
        return { again: TAKEN_AGAIN };
      }
      if (!outcome.ok && isOutOfReach(outcome.problem)) {
        // Nothing is known of what it shows: the deployment stays where it is until the server answers.
        this.log.warn({ ...facts, problem: outcome.problem }, 'the server does not answer');
        return { again: UNREACHABLE_AGAIN };
      }
      const written = await this.records.write(deployment, step, outcome, claim);
      if (!written.ok) return 'lost';
      deployment = written.value;
      await this.faults.reached(`deployment.${step}.written`);
    }
    if (deployment.state === 'STUCK')
      this.log.error({ deployment: deployment.id, problem: deployment.problem }, 'the old state could not be proven');
    return 'ended';
  }
}
