/** Many tasks as one stream, in the order in which they end. */
type SweepOptions = {
  /** Targets that are taken and not yet fetched by who reads: who reads slowly is swept slowly. */
  readonly most: number;
  /** Nothing is taken or told any more. */
  readonly stopped: AbortSignal;
};

/** `observe` never rejects. What `targets` throws is thrown when all that it had brought is told. */
export async function* sweep<Target, Seen>(
  targets: AsyncIterable<Target> | Iterable<Target>,
  observe: (target: Target) => Promise<Seen>,
  { most, stopped }: SweepOptions,
): AsyncGenerator<Seen> {
  const ended: Seen[] = [];
  const [news, room] = [new Bell(), new Bell()];
  let inHand = 0;
  let isTaking = true;
  const take = async (): Promise<void> => {
    for await (const target of targets) {
      if (stopped.aborted) return;
      inHand++;
      void observe(target).then((seen) => {
        ended.push(seen);
        news.ring();
      });
      while (inHand >= most && !stopped.aborted) await room.rung();
    }
  };
  const wakeAll = (): void => {
    news.ring();
    room.ring();
  };
  stopped.addEventListener('abort', wakeAll);
  const taken = take().finally(() => {
    isTaking = false;
    news.ring();
  });
  taken.catch(() => undefined); // Told below; until then it is nobody's.
  try {
    while ((isTaking || inHand > 0) && !stopped.aborted) {
      if (ended.length === 0) await news.rung();
      for (const seen of ended.splice(0)) {
        if (stopped.aborted) return;
        yield seen;
        inHand--;
        room.ring();
      }
    }
    if (!stopped.aborted) await taken;
  } finally {
    stopped.removeEventListener('abort', wakeAll);
  }
}

/** Wakes who waits for it. Rung while nobody waits, it is not remembered: who waits has looked before. */
class Bell {
  #next = Promise.withResolvers<void>();

  rung(): Promise<void> {
    return this.#next.promise;
  }

  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}
