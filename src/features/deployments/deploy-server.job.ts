import { Inject, Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { Transactions, type Fenced, type Tx } from '../../platform/database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from '../../platform/fault-points.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue, type WakeUp } from '../../platform/jobs/queue.js';
import { LOG, type Log } from '../../platform/log/log.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { seconds, since, type Duration } from '../../values/instant.js';
import { RANDOM, type Random } from '../../values/random.js';
import { ok, type Result } from '../../values/result.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { AFTER, blamed, isOpen, NEXT_STEP, type Deployment, type DeploymentStep } from './deployment.js';
import { DeploymentSteps, type StepOutcome } from './deployment-steps.service.js';
import { DeploymentsStore } from './deployments.store.js';
import { MOST_CHANGES, plan } from './plan.js';

/** A server that does not answer is asked again after this. */
const UNREACHABLE_AGAIN = seconds(5);
/** Changes that came together are made together, or at worst one by one; with more than this in a row something goes round in circles. */
const MOST_DEPLOYMENTS = 2 * MOST_CHANGES;

/** Brings a server to what shall be served there: one deployment after the other, until there is nothing to change. */
@Injectable()
export class DeployServerJob implements JobHandler {
  readonly name = 'server.deploy';
  readonly concurrency = 4;

  constructor(
    private readonly store: DeploymentsStore,
    private readonly steps: DeploymentSteps,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly claims: Claims,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(LOG) private readonly log: Log,
    @Inject(FAULT_POINTS) private readonly faults: FaultPoints,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const held = await this.claims.whileHolding(`server:${id}`, (claim) => this.deploy(id, claim));
    if (!held.held) await this.again(id, seconds(2));
  }

  private async deploy(serverId: string, claim: Fenced): Promise<void> {
    for (let made = 0; made < MOST_DEPLOYMENTS; made++) {
      const deployment = ok(await this.store.open(serverId));
      const next = deployment.value ? deployment : await this.plan(serverId, claim);
      if (!next.ok) {
        if (next.problem.code === 'CLAIM_LOST') return;
        this.log.warn({ server: serverId, problem: next.problem }, 'no plan could be made');
        return this.again(serverId, UNREACHABLE_AGAIN);
      }
      if (!next.value) return;
      if (!(await this.run(next.value, claim))) return;
    }
    throw new Error(`server ${serverId} did not come to rest in ${MOST_DEPLOYMENTS} deployments`);
  }

  /** Undefined where the server already shows what it shall. */
  private async plan(serverId: string, claim: Fenced): Promise<Result<Deployment | undefined>> {
    const installer = await this.steps.installerOf(serverId);
    if (!installer.ok) return installer;
    const inventory = await installer.value.inventory();
    if (!inventory.ok) return inventory;
    const bindings = await this.bindings.ofServer(serverId);
    const certificates = await this.certificates.byIds(bindings.map((binding) => binding.certificateId));
    const now = this.clock.now();
    const change = plan(bindings, certificates, inventory.value.bindings, now);
    if (change.changes.length + change.removals.length === 0) return ok(undefined);
    const id = newId('deployment', now, this.random);
    const deployment: Deployment = { id, serverId: serverId as Deployment['serverId'], state: 'PLANNED', ...change, createdAt: now };
    return this.transactions.run(async (tx) => {
      await this.store.insert(tx, deployment);
      await this.store.addEvent(tx, id, {
        at: now,
        step: 'plan',
        because: `${change.changes.length} bindings differ from what shall be served`,
      });
      return ok(deployment);
    }, claim);
  }

  /** True where it ended; false where somebody else took over. */
  private async run(start: Deployment, claim: Fenced): Promise<boolean> {
    let deployment = start;
    for (let step = NEXT_STEP[deployment.state]; step; step = NEXT_STEP[deployment.state]) {
      await this.faults.reached(`deployment.${step}.intended`);
      const outcome = await this.steps.take(deployment, step, Number(claim.fence));
      await this.faults.reached(`deployment.${step}.done`);
      if (!outcome.ok && outcome.problem.code === 'STALE_FENCE') {
        this.log.warn({ server: deployment.serverId, step, problem: outcome.problem }, 'the server has seen a newer worker');
        await this.claims.raise(claim, BigInt(outcome.problem.facts['newest'] as number));
        await this.again(deployment.serverId, seconds(2));
        return false;
      }
      if (!outcome.ok && outcome.problem.code === 'SERVER_UNREACHABLE') {
        // Nothing is known of what it shows: the deployment stays where it is until the server answers.
        this.log.warn({ server: deployment.serverId, step, problem: outcome.problem }, 'the server does not answer');
        await this.again(deployment.serverId, UNREACHABLE_AGAIN);
        return false;
      }
      const written = await this.write(deployment, step, outcome, claim);
      if (!written.ok) return false;
      deployment = written.value;
      await this.faults.reached(`deployment.${step}.written`);
    }
    return true;
  }

  private write(before: Deployment, step: DeploymentStep, outcome: Result<StepOutcome>, claim: Fenced): Promise<Result<Deployment>> {
    const now = this.clock.now();
    const state = AFTER[step][outcome.ok ? 'done' : 'failed'];
    const cause = outcome.ok ? before.problem : outcome.problem;
    const generation = (outcome.ok ? outcome.value.generation : undefined) ?? before.generation;
    const next: Deployment = { ...before, state, generation, problem: cause, ...(!isOpen(state) && { finishedAt: now }) };
    return this.transactions.run(async (tx) => {
      await this.store.save(tx, next);
      const event = outcome.ok ? { because: outcome.value.because } : { because: 'did not work', problem: outcome.problem };
      await this.store.addEvent(tx, next.id, { at: now, step, ...event });
      if (state === 'SERVED')
        await this.bindings.accept(
          tx,
          next.changes.map((change) => change.bindingId),
        );
      else if (!isOpen(state)) await this.refuse(tx, next);
      return ok(next);
    }, claim);
  }

  /** What was to blame waits; the rest is planned again at once. */
  private async refuse(tx: Tx, ended: Deployment): Promise<void> {
    const bindings = await this.bindings.byIds(
      blamed(ended, ended.problem!).map((change) => change.bindingId),
      tx,
    );
    for (const change of blamed(ended, ended.problem!)) {
      const binding = bindings.get(change.bindingId);
      // Its certificate may have been replaced meanwhile; then the new one is not to blame.
      if (binding?.certificateId !== change.certificateId) continue;
      const retryAt = await this.bindings.refuse(tx, binding);
      await this.queue.send(this.name, { id: ended.serverId }, { tx, after: since(this.clock.now(), retryAt) });
    }
    if (ended.state === 'STUCK') this.log.error({ deployment: ended.id, problem: ended.problem }, 'the old state could not be proven');
  }

  private again(serverId: string, after: Duration): Promise<void> {
    return this.queue.sendLater(this.name, { id: serverId }, after);
  }
}
