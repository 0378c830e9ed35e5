/** The long tests, which `npm run deep -- NAME` runs: test/deep/NAME.deep.ts. Each has a short slice of itself in `npm test`. */
import { mergeConfig } from 'vitest/config';
import usual from './vitest.config.js';

const config = mergeConfig(usual, { test: { testTimeout: 600_000 } });
config.test.include = ['test/deep/*.deep.ts'];
export default config;
