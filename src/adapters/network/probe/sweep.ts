/** Many handshakes as one stream: as many at once as there are places, and no more in memory than that. `observe` never rejects. */
export async function* sweep<Target, Seen>(
  targets: AsyncIterable<Target> | Iterable<Target>,
  observe: (target: Target) => Promise<Seen>,
  { concurrency, stopped }: { readonly concurrency: number; readonly stopped?: AbortSignal },
): AsyncGenerator<Seen> {
  const ended: Seen[] = [];
  let underWay = 0;
  let wake = Promise.withResolvers<void>();
  const start = (target: Target): void => {
    underWay++;
    void observe(target).then((seen) => {
      underWay--;
      ended.push(seen);
      wake.resolve();
    });
  };
  const oneEnded = async (): Promise<void> => {
    if (ended.length === 0) await wake.promise;
    wake = Promise.withResolvers();
  };
  for await (const target of targets) {
    if (stopped?.aborted) break;
    start(target);
    // Also those that nobody has fetched yet take a place: who reads slowly is swept slowly.
    while (underWay + ended.length >= concurrency) {
      await oneEnded();
      yield* ended.splice(0);
    }
  }
  while (underWay + ended.length > 0) {
    await oneEnded();
    yield* ended.splice(0);
  }
}
