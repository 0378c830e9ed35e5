/** Work that took too long for its place and goes on beside it, so that the place can take the next. */
import type { Duration } from '../../values/instant.js';

/** In one process. Where there are more, the next keeps its place: what waits for others costs little, but not nothing. */
const MOST = 64;

export class WorkBeside {
  readonly #going = new Map<string, Promise<unknown>>();

  /** `longest`: what takes longer hangs, and is no longer counted as going on. */
  constructor(private readonly longest: Duration) {}

  /** Whoever would begin the same work meanwhile would find it taken. */
  has(subject: string): boolean {
    return this.#going.has(subject);
  }

  /** Resolves when `work` has left its place. Never does where it ends before, or where there is no room. */
  leaving(subject: string, work: Promise<void>, patience: Duration, failed: (error: unknown) => void): Promise<void> {
    return new Promise((resolve) => {
      const leave = setTimeout(() => {
        if (this.#going.size >= MOST || this.has(subject)) return;
        const hangs = setTimeout(() => this.#going.delete(subject), this.longest);
        const end = () => {
          clearTimeout(hangs);
          if (this.#going.get(subject) === going) this.#going.delete(subject);
        };
        const going = work.catch(failed).finally(end);
        this.#going.set(subject, going);
        resolve();
      }, patience);
      work.finally(() => clearTimeout(leave)).catch(() => undefined);
    });
  }

  /** Until all have ended, or `within` is over: a stop. */
  async ended(within: Duration): Promise<void> {
    let over: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (over = setTimeout(resolve, within)));
    await Promise.race([Promise.all(this.#going.values()), late]);
    clearTimeout(over);
  }
}
