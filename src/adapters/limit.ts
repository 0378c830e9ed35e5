/** At most `size` tasks at once; the others wait in the order they came. */
export class Limit {
  #free: number;
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#size = size;
    this.#free = size;
  }

  get idle(): boolean {
    return this.#free === this.#size;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      // The place is handed on, not given back, so that nobody who comes later takes it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
