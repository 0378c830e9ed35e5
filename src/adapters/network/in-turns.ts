/** Long work in the process that serves everybody: after some milliseconds of it the others have their turn. */
import { setImmediate as turn } from 'node:timers/promises';

/** So long nobody notices; a step may take longer. */
const AT_A_TIME_MS = 10;

export async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - since < AT_A_TIME_MS) continue;
    await turn();
    since = performance.now();
  }
}
