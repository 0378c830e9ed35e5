/**
 * kill -9 of the real API process in an order's walk; the CA is asked how many orders there were. Here, a part of the matrix: between
 * an act at the CA or the server and the writing down of its outcome, where most can be lost or doubled. `npm run deep -- kill` is all.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCa } from '../support/pki/certificates.js';
import { KILLED, orderThrough, orderThroughDeaths, STOPPED } from '../support/dying.js';
import { Machine } from '../support/process.js';
import { brokenByHand, repairThrough } from '../support/repair-deaths.js';
import { SecuredSite } from '../support/secured-site.js';

/** Each of them changes something at the CA or the server. The others are in the whole matrix, `respond` over ACME in kill-acme.test.ts too. */
const ACTS = ['order.startAtCa', 'order.present', 'order.finalize', 'deployment.apply'].map((step) => `${step}.done`);

describe('an order whose process dies', { timeout: 240_000 }, () => {
  let machine: Machine;
  let site: SecuredSite;
  /** Every fault point of a walk that nothing disturbs. */
  let points: readonly string[];
  beforeAll(async () => {
    machine = await Machine.start();
    const api = await machine.run();
    site = await SecuredSite.on(machine, api, 'shop');
    points = [...new Set(api.reached())];
    await api.kill();
  });
  afterAll(() => machine?.stop());

  it('after an act and before its outcome is written is one order at the CA, ends proven, and nobody sees a worse handshake', async () => {
    const watch = site.watch();
    const spared = points.filter((point) => !ACTS.includes(point));
    const { at, survivor } = await orderThroughDeaths(machine, site, KILLED, spared);
    expect(at.toSorted()).toEqual(ACTS.toSorted());
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await survivor.kill();
  });

  it('because it is asked to stop, in the middle of its installation, is finished by the next', async () => {
    const watch = site.watch();
    const { survivor } = await orderThrough(machine, site, STOPPED, ['deployment.apply.intended']);
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
    await survivor.kill();
  });

  it('as it mends what somebody did to the server, at each of its acts, is one repair, and proven', async () => {
    const api = await machine.run();
    const stranger = await (await makeCa('Stranger')).issue({ names: [site.name] });
    const finding = await brokenByHand(machine, site, api.ask, stranger);
    await api.kill();
    const points = ['repair.step.done', 'repair.step.written'];
    const { at, survivor, repairs } = await repairThrough(machine, finding, points);
    expect(at).toEqual(points);
    expect(repairs).toMatchObject([{ state: 'PROVEN', problem: null }]);
    await site.leftNothingBehind();
    await survivor.kill();
  });

  it('not but hangs as it is installed is finished by another, and changes nothing when it wakes up', async () => {
    const watch = site.watch();
    await site.isFinishedBesides('deployment.apply.intended');
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
  });
});
