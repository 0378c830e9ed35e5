/** A stream, a few at a time: at most `most`, and none waits for others longer than about `gatherMs`. */
export async function* inBatches<T>(stream: AsyncIterable<T>, most: number, gatherMs: number): AsyncGenerator<readonly T[]> {
  const items = stream[Symbol.asyncIterator]();
  let next = items.next();
  try {
    for (let first = await next; !first.done; first = await next) {
      const batch = [first.value];
      next = items.next();
      const late = Promise.withResolvers<'LATE'>();
      const timer = setTimeout(() => late.resolve('LATE'), gatherMs);
      while (batch.length < most) {
        const more = await Promise.race([next, late.promise]);
        if (more === 'LATE' || more.done) break;
        batch.push(more.value);
        next = items.next();
      }
      clearTimeout(timer);
      yield batch;
    }
  } finally {
    // Who leaves early does not wait for the one that is under way.
    void Promise.allSettled([next, items.return?.()]);
  }
}
