/** Who asked for what, and what came of it: done, refused (with the code), or replayed. */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { toDate } from '../../values/instant.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import { RANDOM, type Random } from '../../values/random.js';
import type { Page, PageRequest } from '../../values/page.js';
import { Prisma } from '../database/generated/client.js';
import { toPage } from '../database/keyset-page.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Tx } from '../database/transaction.js';

/** Somebody who does something; `system` acts for the platform itself. */
export type Doer = { readonly accountId: string; readonly accountPath: string; readonly tokenId?: string };

export type Deed = {
  readonly action: string;
  readonly subject?: string;
  readonly outcome: 'DONE' | 'REFUSED' | 'REPLAYED';
  readonly code?: ProblemCode;
};
export type AuditEntry = Doer & Deed & { readonly id: string; readonly at: Date };

@Injectable()
export class Audit {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  async record(by: Doer, deed: Deed, tx: Tx = this.prisma): Promise<void> {
    const now = this.clock.now();
    await tx.auditEntry.create({
      data: {
        id: newId('audit', now, this.random),
        at: toDate(now),
        accountId: by.accountId,
        accountPath: by.accountPath,
        tokenId: by.tokenId ?? null,
        action: deed.action,
        subject: deed.subject ?? null,
        outcome: deed.outcome,
        code: deed.code ?? null,
      },
    });
  }

  /** Entries of an account and all below it, newest first: what happened lately is what is asked for. */
  async page(accountPath: string, request: PageRequest): Promise<Page<AuditEntry>> {
    const { first, after } = request;
    const before = after === undefined ? Prisma.empty : Prisma.sql`AND id < ${after}`;
    // Not Prisma's startsWith, which is a LIKE: in it the underscore of an id stands for anything, and no index helps.
    const ids = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT id FROM audit_entries WHERE account_path ^@ ${accountPath} ${before} ORDER BY id DESC LIMIT ${first + 1}`;
    const rows = await this.prisma.auditEntry.findMany({ where: { id: { in: ids.map(({ id }) => id) } }, orderBy: { id: 'desc' } });
    return toPage(rows as unknown as AuditEntry[], request);
  }
}
