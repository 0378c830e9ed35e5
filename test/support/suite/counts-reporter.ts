import type { Reporter, TestModule } from 'vitest/node';

/** What was skipped, and why; then the last line of a run: `N passed, N failed`. A file that does not load, and an error outside of tests, count as failed. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const result = test.result();
        // Without a note it was not asked for (`-t`).
        if (result.state === 'skipped' && result.note) process.stdout.write(`skipped: ${test.fullName}: ${result.note}\n`);
      }
      const states = tests.map((test) => test.result().state);
      if (module.state() === 'failed' && !states.includes('failed')) failed++;
      for (const state of states) {
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped++;
      }
    }
    process.on('exit', () => process.stdout.write(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`));
  }
}
