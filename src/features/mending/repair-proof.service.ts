import { Injectable } from '@nestjs/common';
import { Transactions } from '../../platform/database/transaction.js';
import { problem } from '../../values/problems/problem.js';
import { ok, unwrap } from '../../values/result.js';
import { CheckBook } from '../site-checks/check-book.service.js';
import { SiteChecks } from '../site-checks/site-checks.service.js';
import type { RepairStep } from '../repairs/repair-book.service.js';
import type { Matter, WaitsFor } from '../repairs/repair.js';

/** A repair is proven by a full check that was begun after it, and does not show the finding any more. */
@Injectable()
export class RepairProof {
  constructor(
    private readonly checks: SiteChecks,
    private readonly book: CheckBook,
    private readonly transactions: Transactions,
  ) {}

  async begin({ site, finding, now }: Matter): Promise<RepairStep> {
    const opened = await this.transactions.run(async (tx) => ok(await this.book.open(tx, site, finding.name, 'REPAIRED')));
    return { advance: { to: 'WAIT', for: { what: 'CHECK', checkId: unwrap(opened), from: now } } };
  }

  async follow(matter: Matter, { checkId, from }: WaitsFor & { what: 'CHECK' }): Promise<RepairStep> {
    const { finding } = matter;
    const check = (await this.checks.byIds([checkId])).get(checkId);
    if (check && check.finishedAt === undefined) return { advance: { to: 'WAIT' } };
    // One that was under way already has seen what was there before.
    if (!check || check.startedAt === undefined || check.startedAt < from) return this.begin(matter);
    if (finding.resolvedAt !== undefined) return { advance: { to: 'PROVEN' } };
    const { cause } = finding.diagnosis;
    return { advance: { to: 'FAILED', problem: problem('REPAIR_NOT_PROVEN', { name: finding.name, cause }, { subject: finding.id }) } };
  }
}
