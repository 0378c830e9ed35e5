/**
 * Who works on a thing right now: a lease with a fencing token (Kleppmann, "How to do distributed locking").
 * A worker that died or hangs is replaced when its lease runs out; the fence grows with every taking, so that whatever the old
 * one still tries is refused by `Transactions` (and by servers that keep the highest token they have seen).
 */
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../values/clock.js';
import { minutes, plus, toDate, type Duration } from '../../values/instant.js';
import { PrismaService } from './prisma.service.js';
import type { Fenced } from './transaction.js';

export const CLAIM_SETTINGS = Symbol('ClaimSettings');
export type ClaimSettings = { readonly holder: string; readonly lease: Duration };

/** Work that takes longer hangs, and is given to another; the queue gives its job up as late. A server's round stays below it. */
const LONGEST_WORK = minutes(5);

export type Held<T> = { readonly held: true; readonly value: T } | { readonly held: false };

@Injectable()
export class Claims {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CLAIM_SETTINGS) private readonly settings: ClaimSettings,
  ) {}

  /** Does `work` while holding the resource; `held: false` where somebody else does. The lease is renewed while the work goes on, for LONGEST_WORK. */
  async whileHolding<T>(resource: string, work: (claim: Fenced) => Promise<T>): Promise<Held<T>> {
    const fence = await this.take(resource);
    if (fence === undefined) return { held: false };
    const claim = { resource, fence };
    const until = plus(this.clock.now(), LONGEST_WORK);
    const renew = () => (this.clock.now() < until ? this.renew(claim) : Promise.resolve());
    const renewal = setInterval(() => void renew().catch(() => undefined), this.settings.lease / 3);
    try {
      return { held: true, value: await work(claim) };
    } finally {
      clearInterval(renewal);
      await this.release(claim);
    }
  }

  /**
   * The outside has seen a higher token than this database ever gave: it was restored, or is another one beside an older server.
   * From the next taking on, which need not wait, tokens are above it. A worker that was merely replaced changes nothing by this.
   */
  async raise({ resource, fence }: Fenced, seen: bigint): Promise<void> {
    const now = toDate(this.clock.now());
    await this.prisma.$executeRaw`
      UPDATE claims SET fence = ${seen}, expires_at = CASE WHEN fence = ${fence} THEN ${now} ELSE expires_at END
      WHERE resource = ${resource} AND fence < ${seen}`;
  }

  private async take(resource: string): Promise<bigint | undefined> {
    const now = this.clock.now();
    const expires = toDate(plus(now, this.settings.lease));
    const rows = await this.prisma.$queryRaw<{ fence: bigint }[]>`
      INSERT INTO claims (resource, holder, fence, expires_at) VALUES (${resource}, ${this.settings.holder}, 1, ${expires})
      ON CONFLICT (resource) DO UPDATE SET holder = excluded.holder, fence = claims.fence + 1, expires_at = excluded.expires_at
        WHERE claims.expires_at <= ${toDate(now)}
      RETURNING fence`;
    return rows[0]?.fence;
  }

  private async renew({ resource, fence }: Fenced): Promise<void> {
    const expires = toDate(plus(this.clock.now(), this.settings.lease));
    await this.prisma.$executeRaw`UPDATE claims SET expires_at = ${expires} WHERE resource = ${resource} AND fence = ${fence}`;
  }

  /** Keeps the row: the fence must never start again. */
  private async release({ resource, fence }: Fenced): Promise<void> {
    const now = toDate(this.clock.now());
    await this.prisma.$executeRaw`UPDATE claims SET expires_at = ${now} WHERE resource = ${resource} AND fence = ${fence}`;
  }
}
