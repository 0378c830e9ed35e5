/** Many tasks as one stream, in the order in which they end. */
type SweepOptions = {
  /** Targets that are taken and not yet fetched by who reads: who reads slowly is swept slowly. */
  readonly inHand: number;
  /** Told at once, at most. */
  readonly together: number;
  /** Longest that one which ended waits for others to be told with. */
  readonly gatherMs: number;
  /** Nothing is taken or told any more. */
  readonly stopped: AbortSignal;
};

/** `observe` never rejects. What `targets` throws is thrown when all that it had brought is told. */
export async function* sweep<Target, Seen>(
  targets: AsyncIterable<Target> | Iterable<Target>,
  observe: (target: Target) => Promise<Seen>,
  options: SweepOptions,
): AsyncGenerator<readonly Seen[]> {
  const { stopped, together } = options;
  const ended: Seen[] = [];
  const [news, room] = [new Bell(), new Bell()];
  let [inHand, isTaking, isLate] = [0, true, false];
  let timer: NodeJS.Timeout | undefined;
  const late = (): void => {
    isLate = true;
    news.ring();
  };
  const end = (seen: Seen): void => {
    if (ended.push(seen) === 1) timer = setTimeout(late, options.gatherMs);
    news.ring();
  };
  const take = async (): Promise<void> => {
    for await (const target of targets) {
      if (stopped.aborted) return;
      inHand++;
      void observe(target).then(end);
      while (inHand >= options.inHand && !stopped.aborted) await room.rung();
    }
  };
  const taken = take().finally(() => {
    isTaking = false;
    news.ring();
  });
  taken.catch(() => undefined); // Told below; until then it is nobody's.
  const stop = (): void => {
    news.ring();
    room.ring();
  };
  stopped.addEventListener('abort', stop);
  try {
    while ((isTaking || inHand > 0) && !stopped.aborted) {
      const isAll = !isTaking && ended.length === inHand;
      if (ended.length < together && !isLate && !isAll) {
        await news.rung();
        continue;
      }
      clearTimeout(timer);
      const told = ended.splice(0, together);
      isLate = ended.length > 0;
      yield told;
      inHand -= told.length;
      room.ring();
    }
    if (!stopped.aborted) await taken;
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener('abort', stop);
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
