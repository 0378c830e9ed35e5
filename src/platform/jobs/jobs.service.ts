/** The queue over pg-boss: in PostgreSQL, so that a wake-up commits with the rows that make it necessary. */
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { fromPrisma, PgBoss, type Job, type JobResult } from 'pg-boss';
import { CLOCK, type Clock } from '../../values/clock.js';
import { seconds, since, type Duration, type Instant } from '../../values/instant.js';
import type { Tx } from '../database/transaction.js';
import { LOG, type Log } from '../log/log.js';
import type { JobHandler, JobName, Queue, WakeUp } from './queue.js';
import { WorkBeside } from './work-beside.js';

export const QUEUE_DATABASE_URL = Symbol('QueueDatabaseUrl');
export const BESIDE_EDGE = Symbol('BesideEdge');
/**
 * Seconds without a sign of life after which a killed worker's job goes to another (pg-boss takes no less than 10).
 * Rows are safe before that: claims guard them.
 */
const HEARTBEAT_SECONDS = 10;
/** Longest that one wake-up may work. Outside calls are bounded far below it. */
const EXPIRE_SECONDS = 300;
/** How often each idle place looks for deferred wake-ups; fresh ones come by NOTIFY within milliseconds. */
const POLL_SECONDS = 2;
/** How long a stop waits for the steps under way; what is left is handed back. */
const STOP_MS = 8_000 as Duration;
/** What goes on beside its place may have read already what a later wake-up is about: that comes again after this. */
const GOING_ON_AGAIN = seconds(2);
/** Longest memory of what was sent once for all. A wake-up is far nearer than that. */
const ONCE_SECONDS = 86_400;

@Injectable()
export class Jobs implements Queue, BeforeApplicationShutdown {
  private readonly boss: PgBoss;
  private readonly handlers = new Map<JobName, JobHandler>();
  private started?: Promise<unknown>;
  private readonly beside = new WorkBeside(seconds(EXPIRE_SECONDS));
  private readonly stopping = new AbortController();

  constructor(
    @Inject(QUEUE_DATABASE_URL) connectionString: string,
    @Inject(LOG) private readonly log: Log,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BESIDE_EDGE) private readonly besideEdge: boolean,
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
    const slot = Math.floor(this.clock.now() / after);
    await this.sendOnce(name, wakeUp, after, `${after} ${slot}`);
  }

  async sendAt(name: JobName, wakeUp: WakeUp, at: Instant): Promise<void> {
    await this.sendOnce(name, wakeUp, since(this.clock.now(), at), `at ${at}`);
  }

  /** pg-boss alone would count slots by the clock of the database. */
  private async sendOnce(name: JobName, wakeUp: WakeUp, after: Duration, moment: string): Promise<void> {
    const startAfter = Math.max(0, Math.ceil(after / seconds(1)));
    await this.boss.send(name, wakeUp, { startAfter, singletonSeconds: ONCE_SECONDS, singletonKey: `${wakeUp.id} ${moment}` });
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
      if (handler.atEdge && !this.besideEdge) continue;
      if (handler.everyMinute) {
        await this.boss.schedule(handler.name, '* * * * *', { id: 'all' });
      }
      for (let place = 0; place < handler.concurrency; place++) await this.takePlace(handler);
    }
  }

  /** A place works on one wake-up at a time and waits for no other: one that hangs keeps its place and nothing else. */
  private async takePlace(handler: JobHandler): Promise<void> {
    const options = {
      batchSize: 1,
      pollingIntervalSeconds: POLL_SECONDS,
      notifyPollingIntervalSeconds: POLL_SECONDS,
      perJobResults: true,
    } as const;
    const place = await this.boss.work<WakeUp, unknown, typeof options>(handler.name, options, async ([job]) => {
      const result = await this.handle(handler, job!);
      // There may be more: pg-boss would pause after each one.
      this.boss.notifyWorker(place);
      return [result];
    });
  }

  /** Each sweep once, now: what a process that was killed left undone goes on at once, not at the next minute or later. */
  async lookAround(): Promise<void> {
    for (const { name, everyMinute } of this.handlers.values()) if (everyMinute) await this.send(name, { id: 'all' });
  }

  private async handle(handler: JobHandler, { id, data: wakeUp, signal }: Job<WakeUp>): Promise<JobResult> {
    // Handed back: another worker, or this one after its restart, takes it up again.
    if (this.stopping.signal.aborted) return { id, status: 'failed', output: { reason: 'stopping' } };
    const threw = (error: unknown) => this.log.error({ job: handler.name, id: wakeUp.id, error }, 'a job threw');
    try {
      const subject = `${handler.name} ${wakeUp.id}`;
      if (this.beside.has(subject)) await this.sendLater(handler.name, wakeUp, GOING_ON_AGAIN);
      else {
        const work = handler.handle(wakeUp, AbortSignal.any([signal, this.stopping.signal]));
        const { patience } = handler;
        await Promise.race([work, givenUp(signal), ...(patience ? [this.beside.leaving(subject, work, patience, threw)] : [])]);
      }
      return { id, status: 'completed' };
    } catch (error) {
      threw(error);
      return { id, status: 'failed', output: { reason: 'threw' } };
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    if (!this.started) return;
    await Promise.all([this.boss.stop({ graceful: true, timeout: STOP_MS }), this.beside.ended(STOP_MS)]);
  }
}

/** Rejects when the queue no longer counts the job as this worker's: what hangs has lost its claims by then, and its place is free again. */
const givenUp = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the queue has given the job up')), { once: true });
  });
