/** Many orders at once, some of them sent again and again: each is one order everywhere, and each is proven. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshKey, type TestApp } from './app.js';
import { rows } from './database.js';
import type { ManyWorld } from './many-worlds.js';
import { addDomain, createSite, placeOrder } from './story.js';
import { waitFor } from './suite/wait-for.js';

const LIMIT_MS = 150_000;

export function manyOrders(count: number, sentAgain: number, where: string, start: () => Promise<ManyWorld>): void {
  describe(`${count} orders at once, ${where}`, { timeout: 2 * LIMIT_MS }, () => {
    let world: ManyWorld;
    beforeAll(async () => {
      world = await start();
      await addDomain(world.app.asAdmin, world.domain);
    });
    afterAll(() => world?.stop());

    it(`of which ${sentAgain} are sent three times with the same key are all proven, and none is doubled`, async () => {
      const { app, serverId, domain } = world;
      const names = Array.from({ length: count }, (_, index) => `many${index}.${domain}`);
      const sites = await Promise.all(names.map((name) => createSite(app.asAdmin, name, serverId)));

      const begun = performance.now();
      const placed = await Promise.all(
        sites.map(async (siteId, index) => {
          const key = freshKey();
          const times = index < sentAgain ? 3 : 1;
          return new Set(await Promise.all(Array.from({ length: times }, () => placeOrder(app.asAdmin, siteId, key))));
        }),
      );
      const accepted = performance.now();
      expect(placed.every((ids) => ids.size === 1)).toBe(true);
      expect(new Set(placed.flatMap((ids) => [...ids])).size).toBe(count);

      // Asked of the database: to ask the API again and again would be a load of its own.
      const proofs = `SELECT count(DISTINCT binding_id) AS n FROM observations WHERE occasion = 'AFTER' AND problem IS NULL`;
      await waitFor('all orders to be proven', async () => Number((await rows(app.database.url, proofs))[0]?.['n']) >= count, LIMIT_MS);
      const proven = performance.now();

      const orders = await orderStates(app);
      expect(orders).toHaveLength(count);
      expect(orders.filter(({ state, secure }) => state !== 'ISSUED' || !secure)).toEqual([]);
      const installed = await world.installed();
      for (const { name, fingerprint } of orders) expect(installed.get(name)).toEqual([fingerprint]);
      expect(await world.atCa(names)).toEqual({ orders: count, certificates: count });
      const inSeconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
      const times = `accepted in ${inSeconds(begun, accepted)} s, all proven ${inSeconds(begun, proven)} s after the first`;
      process.stdout.write(`${count} orders, ${where}: ${times}${await world.reckoning()}\n`);
    });
  });
}

type State = { readonly name: string; readonly state: string; readonly secure: boolean; readonly fingerprint?: string };

/** Of every order but the panel's own. */
async function orderStates(app: TestApp): Promise<readonly State[]> {
  const states: State[] = [];
  let after: string | null = null;
  do {
    const { orders } = await app.asAdmin(
      `query ($after: String) { orders(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
         nodes { names state certificate { fingerprint } site { security { state } } } } }`,
      { after },
    );
    for (const { names, state, certificate, site } of orders.nodes)
      states.push({ name: names[0], state, secure: site.security.state === 'SECURE', fingerprint: certificate?.fingerprint });
    after = orders.pageInfo.hasNextPage ? orders.pageInfo.endCursor : null;
  } while (after);
  return states.filter(({ name }) => name !== 'localhost');
}
