/**
 * The whole matrix of test/journey/kill-matrix.test.ts: every fault point that an order's walk comes to, each with an order of its own
 * that dies there once and one that dies there twice; the ends of an order that fails and of an installation that is undone; and hanging
 * instead of dying, everywhere.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshKey } from '../support/app.js';
import { rows } from '../support/database.js';
import { KILLED, orderThrough, orderThroughDeaths, STOPPED } from '../support/dying.js';
import { Machine } from '../support/process.js';
import { SecuredSite } from '../support/secured-site.js';
import { orderIs } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';

const PHASES = ['intended', 'done', 'written'] as const;
const ORDER_STEPS = ['makeKey', 'startAtCa', 'present', 'respond', 'finalize', 'download', 'cleanUp'];
const DEPLOYMENT_STEPS = ['stage', 'rehearse', 'apply', 'prove'];
const pointsOf = (walk: string, steps: readonly string[]) => steps.flatMap((step) => PHASES.map((phase) => `${walk}.${step}.${phase}`));
const POINTS = [...pointsOf('order', ORDER_STEPS), ...pointsOf('deployment', DEPLOYMENT_STEPS)];

describe('the kill matrix', () => {
  let machine: Machine;
  let site: SecuredSite;
  beforeAll(async () => {
    machine = await Machine.start();
    const api = await machine.run();
    site = await SecuredSite.on(machine, api, 'shop');
    await api.kill();
    expect([...new Set(api.reached())].toSorted(), 'a step is missing here').toEqual(POINTS.toSorted());
  });
  afterAll(() => machine?.stop());

  it('one order dies at every step in turn', async () => {
    const watch = site.watch();
    const spared = ['order.present.intended', 'order.present.done'];
    const { at, survivor } = await orderThroughDeaths(machine, site, KILLED, spared);
    expect([...at, ...spared].toSorted()).toEqual(POINTS.toSorted());
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await survivor.kill();
  });

  describe.each([
    { how: 'killed', death: KILLED },
    { how: 'stopped', death: STOPPED },
  ])('$how', ({ death }) => {
    it.each(POINTS)('at %s', async (point) => {
      const watch = site.watch();
      const { survivor } = await orderThrough(machine, site, death, [point]);
      await site.leftNothingBehind();
      await site.wasNeverWorse(watch);
      await survivor.kill();
    });
  });

  it.each(POINTS.filter((point) => !/\.present\.|\.written$/.test(point)))('killed twice in a row at %s', async (point) => {
    const watch = site.watch();
    const { survivor } = await orderThrough(machine, site, KILLED, [point, point]);
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await survivor.kill();
  });

  it.each(POINTS.filter((point) => point.endsWith('.intended')))('hanging at %s', async (point) => {
    const watch = site.watch();
    await site.isFinishedBesides(point);
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
  });

  it.each(PHASES)('killed at order.settle.%s, an order that ran out of time fails, once, and what is served stays', async (phase) => {
    const watch = site.watch();
    const key = freshKey();
    const placing = await machine.run({ signal: 'SIGKILL', at: 'order.startAtCa.intended' });
    await site.order(placing.ask, key).catch(() => undefined);
    await placing.ended;
    await rows(machine.database.url, `UPDATE orders SET deadline = created_at WHERE finished_at IS NULL`);
    const settling = await machine.run({ signal: 'SIGKILL', at: `order.settle.${phase}` });
    expect(await settling.ended).toBe('SIGKILL');
    const api = await machine.run();
    expect((await orderIs(api.ask, await site.order(api.ask, key), 'FAILED')).problem?.code).toBe('DEADLINE_PASSED');
    await site.rests();
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await api.kill();
  });

  it.each(PHASES)(
    'killed at deployment.undo.%s, a change that the server refused is undone, and made good a minute later',
    async (phase) => {
      const watch = site.watch();
      const certificates = path.join(machine.edge.options.home, 'certificates');
      const before = fs.readdirSync(certificates);
      const hanging = await machine.run({ signal: 'SIGSTOP', at: 'deployment.rehearse.intended' });
      const orderId = await site.order(hanging.ask);
      await hanging.isStopped();
      const fresh = fs.readdirSync(certificates).filter((name) => !before.includes(name));
      expect(fresh.length).toBeGreaterThan(0);
      for (const name of fresh) damage(path.join(certificates, name));
      await hanging.kill();
      const undoing = await machine.run({ signal: 'SIGKILL', at: `deployment.undo.${phase}` });
      expect(await undoing.ended).toBe('SIGKILL');
      const api = await machine.run();
      await waitFor('it to be undone', async () => {
        const [last] = await rows<{ state: string }>(machine.database.url, 'SELECT state FROM deployments ORDER BY id DESC LIMIT 1');
        return last?.state === 'UNDONE';
      });
      await site.isServedBy(api.ask, orderId, 150_000);
      await site.leftNothingBehind();
      await site.wasNeverWorse(watch);
      await api.kill();
    },
  );
});

/** As a disk does that loses what was written. */
function damage(file: string): void {
  for (const entry of fs.statSync(file).isDirectory() ? fs.readdirSync(file).map((name) => path.join(file, name)) : [file])
    fs.truncateSync(entry, 10);
}
