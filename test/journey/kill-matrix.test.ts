/** kill -9 of the real API process between every two steps of an order's walk; the CA is asked how many orders there were. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderThroughDeaths } from '../support/dying.js';
import { Machine } from '../support/process.js';
import { SecuredSite } from '../support/secured-site.js';

describe('kill -9 between every two steps', { timeout: 180_000 }, () => {
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

  it('one order whose process dies at every step in turn ends proven, is one order at the CA, and nobody sees a worse handshake', async () => {
    const watch = site.watch();
    const deaths = await orderThroughDeaths(machine, site, 'SIGKILL', 'SIGKILL');
    expect(deaths.at.toSorted()).toEqual(points.toSorted());
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await deaths.survivor.kill();
  });
});
