import { afterAll, beforeAll, it } from 'vitest';
import { startTestApp, type TestApp } from '../test/support/app.js';
import { startTestEdge, type TestEdge } from '../test/support/edge.js';
import { addDomain, createSite, isSecure, placeOrder } from '../test/support/story.js';
import { print, timed } from './figure.js';

let edge: TestEdge;
let app: TestApp;
beforeAll(async () => {
  edge = await startTestEdge();
  app = await startTestApp({ edge, env: { HOSTSEAL_RATE_LIMIT: '1000000' } });
  await addDomain(app.asAdmin);
});
afterAll(async () => {
  await app?.close();
  await edge?.stop();
});

it('an order, from the call to the proof', async () => {
  const samples: number[] = [];
  for (let round = 0; round < 30; round++) {
    const site = await createSite(app.asAdmin, `site${round}.localhost`);
    samples.push(await timed(() => placeOrder(app.asAdmin, site).then(() => isSecure(app.asAdmin, site))));
  }
  print('one order, placed to proven', 'ms', samples, { missing: 'Pebble with an ACME client' });
});
