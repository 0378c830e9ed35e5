import { Inject, Injectable } from '@nestjs/common';
import { Transactions, type Fenced, type Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, type Id } from '../../values/id.js';
import { problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Findings } from '../findings/findings.service.js';
import { advanced, type Advance, type Repair } from './repair.js';
import { RepairsStore } from './repairs.store.js';

/** `doing`: what is written in the same transaction. */
export type RepairStep = { readonly advance: Advance; readonly doing?: (tx: Tx) => Promise<void> };

/** What is written of a repair: that it is asked for, and each step with what it does, in one transaction. */
@Injectable()
export class RepairBook {
  constructor(
    private readonly store: RepairsStore,
    private readonly findings: Findings,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  async byId(id: string): Promise<Repair | undefined> {
    return (await this.store.byIds([id])).get(id);
  }

  async open(tx: Tx, askedBy: Actor, findingId: Id<'finding'>): Promise<Result<string>> {
    const { diagnosis, accountId, siteId, resolvedAt } = (await this.findings.byIds([findingId], tx)).get(findingId)!;
    const refuse = (detail: string) => err(problem('NOT_REPAIRABLE', { detail }, { subject: findingId }));
    if (resolvedAt !== undefined) return refuse('the newest check does not show it any more');
    if (diagnosis.repair === undefined) return refuse('it is not up to the server or its certificate');
    const now = this.clock.now();
    const id = newId('repair', now, this.random);
    const asked = { id, accountId, siteId, findingId, kind: diagnosis.repair, askedBy, createdAt: now, wakeAt: now };
    const opened = await this.store.insertOnce(tx, { ...asked, state: 'ASKED' });
    await this.queue.send('repair.advance', { id: opened }, { tx });
    return ok(opened);
  }

  async read(id: string): Promise<Repair | undefined> {
    return (await this.store.byIds([id])).get(id);
  }

  /** CLAIM_LOST where another worker goes on with it. */
  write(repair: Repair, { advance, doing }: RepairStep, claim: Fenced): Promise<Result<Repair>> {
    const next = advanced(repair, advance, this.clock.now());
    return this.transactions.run(async (tx) => {
      await doing?.(tx);
      await this.store.save(tx, next);
      return ok(next);
    }, claim);
  }
}
