/** A short slice of test/deep/fuzz.deep.ts. */
import { beforeAll, describe, expect, it } from 'vitest';
import { fuzz } from '../support/fuzz/fuzz.js';
import { fuzzTargets, type SharedTarget } from '../support/fuzz/targets.js';

const INPUTS = 200_000;
let targets: readonly SharedTarget[];
beforeAll(async () => {
  targets = await fuzzTargets();
});

describe(`${INPUTS} inputs that are almost right`, () => {
  it('make up the whole', () => {
    expect(targets.reduce((sum, { share }) => sum + share, 0)).toBe(100);
  });

  it('break no reader, and reach past the first bytes of each', { timeout: 120_000 }, () => {
    for (const target of targets) {
      const { taken, inputs } = fuzz(target, (INPUTS / 100) * target.share, 20_261_124);
      expect(taken, target.name).toBeGreaterThan(inputs / 200);
    }
  });

  it('are right to begin with', () => {
    for (const { name, seeds, feed } of targets)
      expect(
        seeds.map((seed) => feed(seed)),
        name,
      ).not.toContain(false);
  });
});
