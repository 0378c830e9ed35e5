/** A real part that can be told to lie: where there is a lie for a method, it answers in the real one's place. */
export type Lies<T> = { [K in keyof T]?: T[K] extends (...args: infer A) => infer R ? (real: T, ...args: A) => R : never };

/** `lies` is looked at with each call, so that a story can begin and end them. */
export function lying<T extends object>(real: T, lies: Lies<T>): T {
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const lie = lies[name as keyof T];
      return (...args: unknown[]): unknown => (lie ? Reflect.apply(lie, undefined, [target, ...args]) : Reflect.apply(value, target, args));
    },
  });
}

/** Ends them all. */
export function tellTheTruth(lies: Lies<object>): void {
  for (const name of Object.keys(lies)) Reflect.deleteProperty(lies, name);
}
