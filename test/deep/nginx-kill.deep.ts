/** The whole matrix of test/contract/installers/nginx-kill.test.ts: an installer that dies at every single step of a change. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NginxKillMatrix } from '../support/nginx/nginx-kill-matrix.js';

let matrix: NginxKillMatrix;
beforeAll(async () => void (matrix = await NginxKillMatrix.start()));
afterAll(() => matrix.stop());

it('an nginx whose installer dies at any step serves the old or the new, wholly, and the next one ends the change', async () => {
  const steps = await matrix.steps();
  expect(steps).toBeGreaterThan(20);
  for (let step = 1; step <= steps; step++) await matrix.dieAt(step);
});
