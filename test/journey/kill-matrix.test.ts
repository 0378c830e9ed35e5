/**
 * kill -9 of the real API process in an order's walk; the CA is asked how many orders there were. Here, a third of the matrix: between
 * every act on the outside world and the writing down of its outcome, where most can be lost or doubled. `npm run deep -- kill` is all.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KILLED, orderThrough, orderThroughDeaths, STOPPED } from '../support/dying.js';
import { Machine } from '../support/process.js';
import { SecuredSite } from '../support/secured-site.js';

/** The one after a death there goes on with `respond`, which lays the files down again: a walk that comes to it does not come to `written`. */
const AFTER_PRESENT = 'order.present.done';

describe('an order whose process dies', { timeout: 240_000 }, () => {
  let machine: Machine;
  let site: SecuredSite;
  /** Every fault point of a walk that nothing disturbs. */
  let points: readonly string[];
  beforeAll(async () => {
    machine = await Machine.start();
    const api = await machine.run();
    site = await SecuredSite.on(machine, api, 'shop.localhost');
    points = [...new Set(api.reached())];
    await api.kill();
  });
  afterAll(() => machine?.stop());

  it('after every act and before its outcome is written is one order at the CA, ends proven, and nobody sees a worse handshake', async () => {
    const watch = site.watch();
    const spared = points.filter((point) => !point.endsWith('.done') || point === AFTER_PRESENT);
    const { at, survivor } = await orderThroughDeaths(machine, site, KILLED, spared);
    expect(at.toSorted()).toEqual(points.filter((point) => !spared.includes(point)).toSorted());
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await survivor.kill();
  });

  it('once more when its challenge file is laid down is one order too', async () => {
    const watch = site.watch();
    const { survivor } = await orderThrough(machine, site, KILLED, [AFTER_PRESENT]);
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await survivor.kill();
  });

  it('because it is asked to stop, in the middle of the order and of its installation, is finished by the next', async () => {
    const watch = site.watch();
    const { survivor } = await orderThrough(machine, site, STOPPED, ['order.respond.intended', 'deployment.apply.intended']);
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await survivor.kill();
  });

  it('not but hangs, before the file is laid down and as it is installed, is finished by another, and changes nothing when it wakes up', async () => {
    for (const point of ['order.present.intended', 'deployment.apply.intended']) {
      const watch = site.watch();
      await site.isFinishedBesides(point);
      await site.leftNothingBehind();
      await site.wasNeverWorse(watch);
    }
  });
});
