import { Inject, Injectable } from '@nestjs/common';
import { Transactions, type Fenced, type Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, type Id } from '../../values/id.js';
import { RANDOM, type Random } from '../../values/random.js';
import { ok, type Result } from '../../values/result.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Comparisons } from '../bindings/comparisons.service.js';
import type { Plan } from '../placements/plan.js';
import { Placements } from '../placements/placements.service.js';
import { AFTER, blamed, isOpen, type Deployment, type DeploymentStep } from './deployment.js';
import type { StepOutcome } from './deployment-steps.service.js';
import { DeploymentsStore } from './deployments.store.js';

/** What is written of a deployment, step by step, and what its end means for its bindings. CLAIM_LOST where another worker took over. */
@Injectable()
export class DeploymentRecords {
  constructor(
    private readonly store: DeploymentsStore,
    private readonly bindings: Bindings,
    private readonly comparisons: Comparisons,
    private readonly placements: Placements,
    private readonly transactions: Transactions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** The one that is under way on a server, or a new one; undefined where the server already shows what it shall. */
  async next(serverId: Id<'server'>, claim: Fenced): Promise<Result<Deployment | undefined>> {
    const open = await this.store.open(serverId);
    if (open) return ok(open);
    const plan = await this.placements.planFor(serverId);
    return plan.ok && plan.value ? this.begin(serverId, plan.value, claim) : (plan as Result<undefined>);
  }

  private begin(serverId: Id<'server'>, plan: Plan, claim: Fenced): Promise<Result<Deployment>> {
    const now = this.clock.now();
    const deployment: Deployment = { id: newId('deployment', now, this.random), serverId, state: 'PLANNED', ...plan, createdAt: now };
    const removed = plan.removals.length > 0 ? `, and ${plan.removals.length} are to be taken away` : '';
    return this.transactions.run(async (tx) => {
      await this.store.insert(tx, deployment);
      await this.placements.begin(tx, serverId, plan);
      const because = `${plan.changes.length} bindings differ from what shall be served${removed}`;
      await this.store.addEvent(tx, deployment.id, { at: now, step: 'plan', because });
      return ok(deployment);
    }, claim);
  }

  write(before: Deployment, step: DeploymentStep, outcome: Result<StepOutcome>, claim: Fenced): Promise<Result<Deployment>> {
    const now = this.clock.now();
    const state = AFTER[step][outcome.ok ? 'done' : 'failed'];
    const cause = outcome.ok ? before.problem : outcome.problem;
    const generation = (outcome.ok ? outcome.value.generation : undefined) ?? before.generation;
    const next: Deployment = { ...before, state, generation, problem: cause, ...(!isOpen(state) && { finishedAt: now }) };
    return this.transactions.run(async (tx) => {
      await this.store.save(tx, next);
      const event = outcome.ok ? { because: outcome.value.because } : { because: 'did not work', problem: outcome.problem };
      await this.store.addEvent(tx, next.id, { at: now, step, ...event });
      if (state === 'SERVED') await this.serve(tx, next);
      else if (!isOpen(state)) await this.refuse(tx, next);
      return ok(next);
    }, claim);
  }

  private async serve(tx: Tx, { serverId, ...plan }: Deployment): Promise<void> {
    await this.bindings.accept(
      tx,
      plan.changes.map(({ bindingId: id, certificateId, companion }) => {
        return { id, certificateId, ...(companion && { companionId: companion.certificateId }) };
      }),
    );
    await this.placements.served(tx, serverId, plan);
  }

  /** What was to blame waits; the rest is planned again at once. */
  private async refuse(tx: Tx, ended: Deployment): Promise<void> {
    // What a server is left with that could not be taken back is not known: it stays ours.
    await this.comparisons.ask(ended.serverId, tx);
    if (ended.state !== 'STUCK') await this.placements.takenBack(tx, ended.serverId, ended);
    const { changes, removals } = blamed(ended, ended.problem!);
    const bindings = await this.bindings.byIds(
      changes.map((change) => change.bindingId),
      tx,
    );
    for (const change of changes) {
      const binding = bindings.get(change.bindingId);
      // Its certificate may have been replaced meanwhile; then the new one is not to blame.
      const isSame = binding?.certificateId === change.certificateId && binding.companionId === change.companion?.certificateId;
      if (isSame) await this.bindings.refuse(tx, binding);
    }
    for (const removal of removals) await this.placements.refuse(tx, ended.serverId, removal);
  }
}
