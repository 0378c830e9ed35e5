/**
 * The one way in which a state-changing call runs: the parsed input, the idempotency claim, the work, its audit entry and its
 * wake-ups in one transaction. What is refused changes nothing and is audited all the same.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../values/clock.js';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Audit, type Doer } from '../audit/audit.service.js';
import { claimCall, earlierCall, parseIdempotencyKey, settleCall, type Call } from '../database/idempotency.js';
import { Transactions, type Tx } from '../database/transaction.js';

export type Mutation<I> = {
  readonly by: Doer;
  /** `order.place`: what the audit log calls it. */
  readonly action: string;
  readonly key: string;
  readonly input: Result<I>;
  /** May this doer do it? Asked before anything is claimed. */
  readonly allow: (input: I) => Promise<Result<unknown>>;
  /** Is what it names gone after it? */
  readonly takesAway?: true;
};

/** The id of what was made or changed; `replayed` where an earlier call with this key did it. */
export type Done = { readonly id: string; readonly replayed: boolean };

@Injectable()
export class Mutations {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: Audit,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async run<I>(mutation: Mutation<I>, work: (tx: Tx, input: I) => Promise<Result<string>>): Promise<Result<Done>> {
    const result = await this.attempt(mutation, work);
    if (!result.ok) {
      const { by, action } = mutation;
      const subject = result.problem.subject?.slice(0, 300);
      await this.audit.record(by, { action, outcome: 'REFUSED', code: result.problem.code, ...(subject && { subject }) });
    }
    return result;
  }

  private async attempt<I>(mutation: Mutation<I>, work: (tx: Tx, input: I) => Promise<Result<string>>): Promise<Result<Done>> {
    const { by, action, input } = mutation;
    const key = parseIdempotencyKey(mutation.key);
    if (!key.ok) return err(about('idempotencyKey', key.problem));
    if (!input.ok) return input;
    const call = { accountId: by.accountId, key: key.value, action, input: input.value };
    const allowed = await mutation.allow(input.value);
    // What the call took away is nobody's any more; that it was done is told to whoever did it.
    const gone = !allowed.ok && mutation.takesAway ? await this.earlier(by, call) : undefined;
    if (gone) return gone;
    if (!allowed.ok) return allowed;
    return this.transactions.run(async (tx): Promise<Result<Done>> => {
      const claimed = await claimCall(tx, call, this.clock.now());
      if (!claimed.ok) return claimed;
      if (claimed.value.replayOf !== undefined) {
        await this.audit.record(by, { action, subject: claimed.value.replayOf, outcome: 'REPLAYED' }, tx);
        return ok({ id: claimed.value.replayOf, replayed: true });
      }
      const id = await work(tx, input.value);
      if (!id.ok) return id;
      await settleCall(tx, call, id.value);
      await this.audit.record(by, { action, subject: id.value, outcome: 'DONE' }, tx);
      return ok({ id: id.value, replayed: false });
    });
  }

  private async earlier(by: Doer, call: Call): Promise<Result<Done> | undefined> {
    return this.transactions
      .run(async (tx): Promise<Result<Done | undefined>> => {
        const id = await earlierCall(tx, call);
        if (id === undefined) return ok(undefined);
        await this.audit.record(by, { action: call.action, subject: id, outcome: 'REPLAYED' }, tx);
        return ok({ id, replayed: true });
      })
      .then((found) => (found.ok && found.value ? ok(found.value) : undefined));
  }
}
