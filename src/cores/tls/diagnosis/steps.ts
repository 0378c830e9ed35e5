/** Work that is cut into steps. Whoever has nothing else to do goes through them in one go. */
export function inOneGo<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
