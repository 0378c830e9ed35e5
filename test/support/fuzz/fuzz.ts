/** Feeds a parser with inputs that are almost right, and keeps count of what they cost. */
import { dice, mutated } from './mutate.js';

export type FuzzTarget = {
  readonly name: string;
  /** Real ones, which all are taken. */
  readonly seeds: readonly Uint8Array[];
  /** Shall not throw, whatever comes. Answers whether the input was taken. */
  feed(bytes: Uint8Array): boolean;
};

type Fuzzed = {
  readonly inputs: number;
  /** How many were taken all the same: none would mean that the changes are too coarse to reach anything. */
  readonly taken: number;
  readonly slowestMs: number;
  /** The input that took longest. */
  readonly slowest: Uint8Array;
  /** Bytes of the heap that the worst thousand inputs left behind. */
  readonly leftBehind: number;
};

/** Throws what the parser threw, with the input in hex. */
export function fuzz({ name, seeds, feed }: FuzzTarget, inputs: number, seed: number): Fuzzed {
  const roll = dice(seed);
  let [taken, slowestMs, leftBehind] = [0, 0, 0];
  let slowest: Uint8Array = new Uint8Array();
  let heap = process.memoryUsage().heapUsed;
  for (let n = 0; n < inputs; n++) {
    const bytes = mutated(seeds, roll);
    const from = performance.now();
    try {
      if (feed(bytes)) taken++;
    } catch (cause) {
      throw new Error(`${name}, input ${n} of seed ${seed}: ${Buffer.from(bytes).toString('hex')}`, { cause });
    }
    const tookMs = performance.now() - from;
    if (tookMs > slowestMs) [slowestMs, slowest] = [tookMs, bytes];
    if (n % 1000 === 999) {
      const now = process.memoryUsage().heapUsed;
      leftBehind = Math.max(leftBehind, now - heap);
      heap = now;
    }
  }
  return { inputs, taken, slowestMs, slowest, leftBehind };
}
