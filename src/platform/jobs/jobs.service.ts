/** The queue over pg-boss: in PostgreSQL, so that a wake-up commits with the rows that make it necessary. */
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { fromPrisma, PgBoss, type JobResult } from 'pg-boss';
import type { Duration } from '../../values/instant.js';
import type { Tx } from '../database/transaction.js';
import { LOG, type Log } from '../log/log.js';
import type { JobHandler, JobName, Queue, WakeUp } from './queue.js';

export const QUEUE_DATABASE_URL = Symbol('QueueDatabaseUrl');
/**
 * Seconds without a sign of life after which a killed worker's job goes to another (pg-boss takes no less than 10).
 * Rows are safe before that: claims guard them.
 */
const HEARTBEAT_SECONDS = 10;
/** Longest that one wake-up may work. Outside calls are bounded far below it. */
const EXPIRE_SECONDS = 300;
/** How often deferred wake-ups are looked for; fresh ones come by NOTIFY within milliseconds. */
const POLL_SECONDS = 1;
/** How long a stop waits for the steps under way; what is left is handed back. */
const STOP_MS = 8_000;
/** Fetched at once by each of the loops: pg-boss goes on without a pause while batches come back full. */
const BATCH = 8;

@Injectable()
export class Jobs implements Queue, BeforeApplicationShutdown {
  private readonly boss: PgBoss;
  private readonly handlers = new Map<JobName, JobHandler>();
  private started?: Promise<unknown>;
  private stopping = false;

  constructor(
    @Inject(QUEUE_DATABASE_URL) connectionString: string,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.boss = new PgBoss({ connectionString, max: 8, useListenNotify: true, superviseIntervalSeconds: 15, application_name: 'hostseal' });
    this.boss.on('error', (error) => this.log.error({ error }, 'job queue'));
  }

  /** Rooms register what they handle while the application is put together. */
  register(handler: JobHandler): void {
    if (this.handlers.has(handler.name)) throw new Error(`two handlers for ${handler.name}`);
    this.handlers.set(handler.name, handler);
  }

  async send(name: JobName, wakeUp: WakeUp, options: { tx?: Tx; after?: Duration } = {}): Promise<void> {
    await this.boss.send(name, wakeUp, {
      ...(options.tx && { db: fromPrisma(options.tx) }),
      ...(options.after && { startAfter: Math.ceil(options.after / 1000) }),
    });
  }

  async sendLater(name: JobName, wakeUp: WakeUp, after: Duration): Promise<void> {
    // One a slot of that length: it runs after the slot's end, and so after everybody who asked in it.
    const span = Math.ceil(after / 1000);
    await this.boss.send(name, wakeUp, { startAfter: span, singletonSeconds: span, singletonKey: `${wakeUp.id} ${span}` });
  }

  /** Makes the queues, so that wake-ups can be sent. */
  async open(): Promise<void> {
    this.started ??= this.boss.start();
    await this.started;
    for (const name of this.handlers.keys()) {
      // A wake-up that fails again and again is dropped in the end: the sweep of its room brings a new one.
      const options = {
        notify: true,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        expireInSeconds: EXPIRE_SECONDS,
        retryLimit: 5,
        retryBackoff: true,
      };
      await this.boss.createQueue(name, { ...options, retryDelay: 1, deleteAfterSeconds: 3600, retentionSeconds: 7 * 86_400 });
    }
  }

  /** Begins to work. */
  async work(): Promise<void> {
    for (const handler of this.handlers.values()) {
      if (handler.everyMinute) {
        await this.boss.schedule(handler.name, '* * * * *', { id: 'all' });
      }
      const options = {
        batchSize: Math.min(BATCH, handler.concurrency),
        localConcurrency: Math.max(1, Math.floor(handler.concurrency / BATCH)),
        pollingIntervalSeconds: POLL_SECONDS,
        notifyPollingIntervalSeconds: POLL_SECONDS,
        burstWhenBatchFull: true,
        perJobResults: true as const,
      };
      await this.boss.work<WakeUp, unknown, typeof options>(handler.name, options, (jobs) =>
        Promise.all(jobs.map((job) => this.handle(handler, job.id, job.data))),
      );
    }
  }

  /** Each sweep once, now: what a process that was killed left undone goes on at once, not at the next minute or later. */
  async lookAround(): Promise<void> {
    for (const { name, everyMinute } of this.handlers.values()) if (everyMinute) await this.send(name, { id: 'all' });
  }

  private async handle(handler: JobHandler, id: string, wakeUp: WakeUp): Promise<JobResult> {
    // Handed back: another worker, or this one after its restart, takes it up again.
    if (this.stopping) return { id, status: 'failed', output: { reason: 'stopping' } };
    try {
      await handler.handle(wakeUp);
      return { id, status: 'completed' };
    } catch (error) {
      this.log.error({ job: handler.name, id: wakeUp.id, error }, 'a job threw');
      return { id, status: 'failed', output: { reason: 'threw' } };
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    if (this.started) await this.boss.stop({ graceful: true, timeout: STOP_MS });
  }
}
