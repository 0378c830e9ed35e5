/** Ten million inputs that are almost right: no reader throws, none takes longer than its budget, none keeps what it was fed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { fuzz } from '../support/fuzz/fuzz.js';
import { fuzzTargets, type SharedTarget } from '../support/fuzz/targets.js';

const INPUTS = 10_000_000;
/** For one input. Wide, because other work may take the processor away meanwhile; a reader that goes round in circles takes for ever. */
const MOST_MS = 1_000;
/** Of a thousand inputs, each below 64 KiB. */
const MOST_LEFT_BEHIND = 256 * 1024 * 1024;
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

describe(`seed ${seed}`, () => {
  let targets: readonly SharedTarget[];
  beforeAll(async () => {
    targets = await fuzzTargets();
  });

  it.each(Array.from({ length: 9 }, (_, n) => n))('reader %i', { timeout: 3_600_000 }, (n) => {
    const target = targets[n]!;
    const { inputs, taken, slowestMs, slowest, leftBehind } = fuzz(target, (INPUTS / 100) * target.share, seed);
    process.stdout.write(
      `${target.name}: ${inputs} inputs, ${taken} taken, the slowest ${slowestMs.toFixed(1)} ms, ${Math.round(leftBehind / 1024)} KiB left behind\n`,
    );
    expect(slowestMs, Buffer.from(slowest).toString('hex')).toBeLessThan(MOST_MS);
    expect(leftBehind).toBeLessThan(MOST_LEFT_BEHIND);
  });
});
