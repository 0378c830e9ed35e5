import { afterAll, beforeAll, expect, it } from 'vitest';
import { KillMatrix } from '../../support/kill-matrix.js';
import { startTestNginx } from '../../support/nginx/nginx.js';

let matrix: KillMatrix;
beforeAll(async () => void (matrix = await KillMatrix.start('NGINX', await startTestNginx())));
afterAll(() => matrix.stop());

/** Of all steps, which `npm run deep -- nginx-kill` tries; those around the switch are the last ten before the end. */
const TRIED = 8;

it('an nginx whose installer dies in the middle of a change serves the old or the new, wholly, and the next one ends the change', async () => {
  const steps = await matrix.steps();
  expect(steps).toBeGreaterThan(20);
  for (let tried = 1; tried <= TRIED; tried++) await matrix.dieAt(Math.round((steps * tried) / (TRIED + 1)));
});
