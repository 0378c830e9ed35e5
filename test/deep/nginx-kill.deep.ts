/** The whole matrix of test/contract/installers/nginx-kill.test.ts: an installer that dies at every single step of a change. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KillMatrix } from '../support/kill-matrix.js';
import { startTestNginx } from '../support/nginx/nginx.js';

let matrix: KillMatrix;
beforeAll(async () => void (matrix = await KillMatrix.start('NGINX', await startTestNginx())));
afterAll(() => matrix.stop());

it('an nginx whose installer dies at any step serves the old or the new, wholly, and the next one ends the change', async () => {
  const steps = await matrix.steps();
  expect(steps).toBeGreaterThan(20);
  for (let step = 1; step <= steps; step++) await matrix.dieAt(step);
});
