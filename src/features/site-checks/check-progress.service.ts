import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { CheckProgress as Told } from '../../adapters/network/site-checker.js';
import { stateOf, type KeptCheck } from './kept-check.js';
import { SiteChecksStore } from './site-checks.store.js';

/** Milliseconds between two writings of a check, and two readings of those that are watched: what a person sees as at once. */
const EVERY_MS = 250;

type Reporter = {
  readonly next: (progress: Told) => void;
  /** Resolves when nothing is written any more. */ readonly end: () => Promise<void>;
};
type Watcher = (check: KeptCheck) => void;

/** How far checks are. It goes through the database, since whoever watches may be at another process than the one at work. */
@Injectable()
export class CheckProgress implements OnModuleDestroy {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private timer?: NodeJS.Timeout;
  private reading = false;

  constructor(private readonly store: SiteChecksStore) {}

  reporter(id: string): Reporter {
    let writing = Promise.resolve();
    let writtenAt = -Infinity;
    const next = ({ connections: { used, budget }, topic }: Told): void => {
      const now = performance.now();
      if (now - writtenAt < EVERY_MS) return;
      writtenAt = now;
      // Progress is nothing that a check may fail for.
      writing = writing.then(() => this.store.progress(id, { used, budget, topic })).catch(() => undefined);
    };
    return { next, end: () => writing };
  }

  /** The check as it is, and again with each change, until it has ended or nobody reads on. */
  watch(id: string): AsyncIterableIterator<KeptCheck> {
    const news = new News();
    const watcher: Watcher = (check) => news.tell(check);
    news.ended = () => this.remove(id, watcher);
    this.add(id, watcher);
    return news;
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private add(id: string, watcher: Watcher): void {
    const ofCheck = this.watchers.get(id) ?? new Set();
    this.watchers.set(id, ofCheck.add(watcher));
    this.timer ??= setInterval(() => void this.read(), EVERY_MS);
    void this.read();
  }

  private remove(id: string, watcher: Watcher): void {
    const ofCheck = this.watchers.get(id);
    ofCheck?.delete(watcher);
    if (ofCheck?.size === 0) this.watchers.delete(id);
    if (this.watchers.size > 0) return;
    clearInterval(this.timer);
    delete this.timer;
  }

  /** All that are watched in one statement, however many watch. */
  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      const checks = [...(await this.store.progressOf([...this.watchers.keys()])).values()];
      const ended = await this.store.byIds(checks.flatMap(({ id, finishedAt }) => (finishedAt === undefined ? [] : [id])));
      for (const check of checks) for (const watcher of this.watchers.get(check.id) ?? []) watcher(ended.get(check.id) ?? check);
    } catch {
      // The database is away for a moment: the next reading tells.
    } finally {
      this.reading = false;
    }
  }
}

/**
 * What one watcher was not told yet. No generator: one that waits for news does not hear that nobody reads on (ECMA-262 27.6.3.4).
 * Whoever reads slowly is told the newest.
 */
class News implements AsyncIterableIterator<KeptCheck> {
  ended = (): void => undefined;
  private told = '';
  private newest?: KeptCheck;
  private waiting?: (result: IteratorResult<KeptCheck>) => void;
  private over = false;

  tell(check: KeptCheck): void {
    const text = JSON.stringify([stateOf(check), check.progress]);
    if (this.over || text === this.told) return;
    this.told = text;
    this.newest = check;
    if (check.finishedAt !== undefined) this.end();
    if (this.waiting) {
      this.waiting({ done: false, value: check });
      delete this.waiting;
      delete this.newest;
    }
  }

  next(): Promise<IteratorResult<KeptCheck>> {
    const value = this.newest;
    delete this.newest;
    if (value) return Promise.resolve({ done: false, value });
    if (this.over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => (this.waiting = resolve));
  }

  return(): Promise<IteratorResult<KeptCheck>> {
    this.end();
    this.waiting?.({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(): void {
    this.over = true;
    this.ended();
  }
}
