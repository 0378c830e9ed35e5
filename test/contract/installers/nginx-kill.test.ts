import { afterAll, beforeAll, expect, it } from 'vitest';
import { NginxKillMatrix } from '../../support/nginx/nginx-kill-matrix.js';

let matrix: NginxKillMatrix;
beforeAll(async () => void (matrix = await NginxKillMatrix.start()));
afterAll(() => matrix.stop());

/** Of all steps, which `npm run deep -- nginx-kill` tries; those around the switch are the last ten before the end. */
const TRIED = 8;

it('an nginx whose installer dies in the middle of a change serves the old or the new, wholly, and the next one ends the change', async () => {
  const steps = await matrix.steps();
  expect(steps).toBeGreaterThan(20);
  for (let tried = 1; tried <= TRIED; tried++) await matrix.dieAt(Math.round((steps * tried) / (TRIED + 1)));
});
