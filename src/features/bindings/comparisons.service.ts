import { Inject, Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { hours, plus, type Instant } from '../../values/instant.js';
import { ComparisonsStore } from './comparisons.store.js';

/** A server that nothing has happened to. What a handshake shows of a binding is known far sooner. */
const COMPARE_EVERY = hours(1);

/**
 * When a server is compared as a whole with what shall be served there. A deployment reads only what is known to differ; what differs
 * without anybody knowing is found so: a change that failed, a place where nothing is bound any more, a file that a hand has changed.
 */
@Injectable()
export class Comparisons {
  constructor(
    private readonly store: ComparisonsStore,
    private readonly prisma: PrismaService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** At its next deployment. Whoever asks wakes that too. */
  async ask(serverId: string, tx: Tx = this.prisma): Promise<void> {
    await this.store.ask(tx, serverId, this.clock.now());
  }

  /** How often it was asked for so far, where it is due. */
  async due(serverId: string): Promise<number | undefined> {
    const row = await this.store.of(serverId);
    if (!row) return 0;
    return row.dueAt <= this.clock.now() ? row.asked : undefined;
  }

  /** It was made for `asked`: whoever has asked meanwhile is not forgotten. */
  async made(serverId: string, asked: number): Promise<void> {
    await this.store.postpone(serverId, asked, plus(this.clock.now(), COMPARE_EVERY));
  }

  serversDue(now: Instant): Promise<readonly string[]> {
    return this.store.serversDue(now);
  }
}
