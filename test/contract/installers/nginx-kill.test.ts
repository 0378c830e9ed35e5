import { expect, it } from 'vitest';
import { KillMatrix } from '../../support/kill-matrix.js';
import { startTestNginx } from '../../support/nginx/nginx.js';

/** Of all steps, which `npm run deep -- nginx-kill` tries; those around the switch are the last ten before the end. */
const TRIED = 8;

it.each([
  ['FILES', 'the old or the new, wholly'],
  ['BY_NAME', 'the old or the new, for each name'],
] as const)(
  'an nginx (%s) whose installer dies in the middle of a change serves %s, and the next one ends the change',
  async (serving, _) => {
    const matrix = await KillMatrix.start('NGINX', await startTestNginx({ serving }), { serving });
    const steps = await matrix.steps();
    expect(steps).toBeGreaterThan(20);
    for (let tried = 1; tried <= TRIED; tried++) await matrix.dieAt(Math.round((steps * tried) / (TRIED + 1)));
    await matrix.stop();
  },
);
