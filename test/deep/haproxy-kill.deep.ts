/** The whole matrix of test/contract/installers/haproxy-kill.test.ts: an installer that dies at every single step of a change. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KillMatrix } from '../support/kill-matrix.js';
import { startTestHaproxy } from '../support/haproxy/haproxy.js';

let matrix: KillMatrix;
beforeAll(async () => void (matrix = await KillMatrix.start('HAPROXY', await startTestHaproxy(), { oneByOne: true })));
afterAll(() => matrix.stop());

it('an HAProxy whose installer dies at any step serves the old or the new under each name, and the next one ends the change', async () => {
  const steps = await matrix.steps();
  expect(steps).toBeGreaterThan(20);
  for (let step = 1; step <= steps; step++) await matrix.dieAt(step);
});
