/**
 * The whole matrix of test/journey/kill-acme.test.ts: an order over ACME and nginx that dies in the middle of each request to the CA, and at
 * every fault point of its walk, once and in turn; and hanging instead of dying. Orders and certificates are counted in Pebble's own books.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderThroughLostAnswers, REQUESTS } from '../support/acme/acme-deaths.js';
import { AcmeNginx } from '../support/acme/acme-nginx.js';
import { KILLED, orderThrough, orderThroughDeaths, STOPPED } from '../support/dying.js';
import { SecuredSite } from '../support/secured-site.js';

const PHASES = ['intended', 'done', 'written'] as const;
const STEPS = [
  ...['makeKey', 'startAtCa', 'present', 'check', 'respond', 'finalize', 'download', 'cleanUp'].map((step) => `order.${step}`),
  ...['stage', 'rehearse', 'apply', 'prove'].map((step) => `deployment.${step}`),
];
const POINTS = STEPS.flatMap((step) => PHASES.map((phase) => `${step}.${phase}`));
/** Once a file is laid down it is laid down again: an order that dies at each point in turn dies there with another. */
const PRESENT = POINTS.filter((point) => point.includes('.present.'));

describe.each([
  { at: 'a CA that uses authorizations again', options: { authorizationReuse: 100 } },
  { at: 'a CA that does not, and refuses nonces', options: { authorizationReuse: 0, nonceReject: 15 } },
])('the kill matrix over ACME and nginx, at $at', ({ options }) => {
  let world: AcmeNginx;
  let site: SecuredSite;
  beforeAll(async () => {
    world = await AcmeNginx.start(options, 1);
    const api = await world.machine.run();
    site = await SecuredSite.on(world.machine, api, 'shop', await world.ground(api));
    await api.kill();
  });
  afterAll(() => world?.stop());

  /** What has to hold whenever something died. */
  const holds = async (deaths: () => Promise<void>): Promise<void> => {
    const watch = site.watch();
    await deaths();
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
  };

  const without = options.authorizationReuse > 0 ? REQUESTS.filter((request) => request !== 'challenge') : REQUESTS;
  it.each(without)('killed while it waits for the answer to %s', (request) => holds(() => orderThroughLostAnswers(world, site, [request])));

  it('killed while it waits for each of them, in one order', () => holds(() => orderThroughLostAnswers(world, site, without)));

  it('one order dies at every step in turn', () =>
    holds(async () => {
      const { at, survivor } = await orderThroughDeaths(world.machine, site, KILLED, PRESENT);
      expect(at.length).toBeGreaterThan(20);
      await survivor.kill();
    }));

  describe.each([
    { how: 'killed', death: KILLED },
    { how: 'stopped', death: STOPPED },
  ])('$how', ({ death }) => {
    const met = options.authorizationReuse > 0 ? POINTS.filter((point) => !/present|check|respond|cleanUp/.test(point)) : POINTS;
    it.each(met)('at %s', (point) =>
      holds(async () => {
        const { survivor } = await orderThrough(world.machine, site, death, [point]);
        await survivor.kill();
      }),
    );
  });

  it.each(['order.startAtCa.intended', 'order.finalize.intended', 'deployment.apply.intended'])('hanging at %s', (point) =>
    holds(() => site.isFinishedBesides(point)),
  );
});
