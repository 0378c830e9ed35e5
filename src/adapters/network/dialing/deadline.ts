/** Waiting for no longer than a given time, on the monotonic clock: a change of the wall clock moves no deadline. */
export class Deadline {
  readonly limitMs: number;
  readonly #endsAt: number;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
    this.#endsAt = performance.now() + limitMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }
}

/** The promise's value, or TIMED_OUT; then the work goes on unheard, and its failure is nobody's. */
export async function withDeadline<T>(work: Promise<T>, limitMs: number): Promise<T | 'TIMED_OUT'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'TIMED_OUT'>((resolve) => {
    timer = setTimeout(() => resolve('TIMED_OUT'), limitMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
