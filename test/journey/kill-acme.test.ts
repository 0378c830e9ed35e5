/**
 * kill -9 of the real API process in an order's walk over a CA of others and a server of others: ACME and nginx. Orders are counted in the
 * CA's own books. Here, a part of the matrix: in the middle of the requests that change something at the CA, when it has done
 * what it was asked and before its answer arrives. `npm run deep -- kill-acme` is all.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { orderThroughLostAnswers, REQUESTS } from '../support/acme/acme-deaths.js';
import { AcmeNginx } from '../support/acme/acme-nginx.js';
import { SecuredSite } from '../support/secured-site.js';

describe('an order over ACME and nginx whose process dies', { timeout: 240_000 }, () => {
  let world: AcmeNginx;
  let site: SecuredSite;
  beforeAll(async () => {
    world = await AcmeNginx.start({}, 1);
    const api = await world.machine.run();
    site = await SecuredSite.on(world.machine, api, 'shop', await world.ground(api));
    await api.kill();
  });
  afterAll(() => world?.stop());

  it('at every request to the CA, before its answer arrives, is one order there, ends proven, and nobody sees a worse handshake', async () => {
    const watch = site.watch();
    await orderThroughLostAnswers(world, site, REQUESTS);
    await site.leftNothingBehind();
    await site.wasNeverWorse(watch);
  });
});
