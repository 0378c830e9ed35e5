import { afterAll, beforeAll, expect, it } from 'vitest';
import { KillMatrix } from '../../support/kill-matrix.js';
import { startTestHaproxy } from '../../support/haproxy/haproxy.js';

let matrix: KillMatrix;
beforeAll(async () => void (matrix = await KillMatrix.start('HAPROXY', await startTestHaproxy(), { oneByOne: true })));
afterAll(() => matrix.stop());

/** Of all steps, which `npm run deep -- haproxy-kill` tries. */
const TRIED = 8;

it('an HAProxy whose installer dies in the middle of a change serves the old or the new under each name, and the next one ends the change', async () => {
  const steps = await matrix.steps();
  expect(steps).toBeGreaterThan(20);
  for (let tried = 1; tried <= TRIED; tried++) await matrix.dieAt(Math.round((steps * tried) / (TRIED + 1)));
});
