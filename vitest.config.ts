import { fileURLToPath } from 'node:url';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/suite/longest-first.js';

export default defineConfig({
  // As Node resolves it: by its `module` field Vite would load a second graphql beside the one that mercurius has, and
  // no error of the one is an instance of the other's classes.
  resolve: { alias: { graphql: fileURLToPath(import.meta.resolve('graphql')) } },
  oxc: false,
  esbuild: false,
  plugins: [
    swc.vite({
      module: { type: 'es6' },
      jsc: {
        target: 'es2024',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
    }),
  ],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/suite/global-setup.ts'],
    reporters: ['default', './test/support/suite/counts-reporter.ts'],
    hookTimeout: 60_000,
    testTimeout: 30_000,
    // One more than the cores of a small machine: the tests wait for servers and processes for much of their time.
    maxWorkers: 3,
    // A file leaves nothing behind in the process, and loading the application anew for each took half of the time.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
