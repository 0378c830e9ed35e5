/** What scripts/by-name.mjs runs: the deep tests, each of which has a short slice of itself in `npm test`, and the benches. */
import { mergeConfig } from 'vitest/config';
import usual from './vitest.config.js';

const config = mergeConfig(usual, { test: { testTimeout: 600_000 } });
config.test.include = ['test/deep/*.deep.ts', 'bench/*.bench.ts'];
export default config;
