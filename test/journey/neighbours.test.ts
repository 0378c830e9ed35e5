/** Sites of one server do not hold each other up, whatever is wrong with one of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { days, minutes } from '../../src/values/instant.js';
import { problem } from '../../src/values/problems/problem.js';
import { err, unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { makeCa } from '../support/pki/certificates.js';
import { rows } from '../support/database.js';
import { createSite, orderIs, placeOrder } from '../support/story.js';
import { UnreliableWorld } from '../support/unreliable-world.js';
import { waitFor } from '../support/suite/wait-for.js';

describe('a site is installed', { timeout: 120_000 }, () => {
  let world: UnreliableWorld;
  beforeEach(async () => {
    world = await UnreliableWorld.start();
  });
  afterEach(() => world?.stop());

  /** Orders that are issued, and bound, while the server does not answer: they come to it together. */
  async function issuedTogether(...names: readonly string[]): Promise<void> {
    world.installer.inventory = async () => err(problem('SERVER_UNREACHABLE', { server: 'edge', detail: 'not yet' }));
    const sites = await Promise.all(names.map((name) => createSite(world.ask, name)));
    const orders = await Promise.all(sites.map(async (site) => orderIs(world.ask, await placeOrder(world.ask, site), 'ISSUED')));
    await waitFor('all to be bound', async () => {
      const bound = await Promise.all(sites.map((site) => world.bound(site)));
      return bound.every((fingerprint, index) => fingerprint === orders[index]!.certificate!.fingerprint);
    });
  }
  async function serverAnswers(): Promise<void> {
    delete world.installer.inventory;
    await world.wake('server.sweep');
  }
  const isServed = (name: string) =>
    waitFor(`${name} to be served`, async () => (await world.deployments(name)).at(-1)?.state === 'SERVED');

  it("beside one whose certificate has expired long ago, which is not the new one's fault", async () => {
    await world.securedSite('forgotten.localhost');
    world.app.clock.advance(days(400));
    const admin = await world.app.tokenFor(world.app.admin.accountId);
    const ask: typeof world.ask = async (query, variables) => (await world.app.call(admin, query, variables)).data;
    const order = await orderIs(ask, await placeOrder(ask, await createSite(ask, 'new.localhost')), 'ISSUED');
    await waitFor('it to be served', async () => {
      const { site } = await ask(`query ($id: ID!) { order(id: $id) { site { security { state } } } }`, { id: order.id }).then(
        (data) => data.order,
      );
      return site.security.state === 'SECURE';
    });
  });

  it('or taken back beside one that the undo breaks, which is seen', async () => {
    const [shop, beside] = [await world.securedSite('shop.localhost'), await world.securedSite('beside.localhost')];
    const stranger = await makeCa().then((ca) => ca.issue({ names: [beside.name] }));
    const certificates = [{ fingerprint: stranger.fingerprint, chain: stranger.chainPem, key: Secret.of(stranger.keyPem) }];
    world.installer.apply = async () => err(problem('SERVER_REFUSED', { server: 'edge', detail: 'no' }));
    world.installer.undo = async (real, generation, fence) => {
      await real.undo(generation, fence);
      const { key } = unwrap(await real.inventory()).bindings.find((binding) => binding.key.name === beside.name)!;
      return real.apply(unwrap(await real.stage({ put: [{ key, certificates, route: 'NONE' }], remove: [] }, fence)), fence);
    };
    await world.orderFor(shop.id);
    await waitFor('the undo to end', async () => (await world.deployments(shop.name)).some(({ state }) => state === 'STUCK'));
    const stuck = (await world.deployments(shop.name)).find(({ state }) => state === 'STUCK')!;
    expect(stuck.problem).toMatchObject({ code: 'UNDO_FAILED', sub: [{ code: 'SERVES_WRONG_CERTIFICATE' }] });
    expect(stuck.evidence).toContainEqual(expect.objectContaining({ occasion: 'UNDONE', name: beside.name, proven: false }));
  });

  it('beside one whose key no longer opens, which is refused by name', async () => {
    await issuedTogether('broken.localhost', 'whole.localhost');
    await rows(
      world.app.database.url,
      `UPDATE vault_items SET sealed = '\\x00' WHERE id IN (SELECT key_item_id FROM certificates WHERE names = '{broken.localhost}')`,
    );
    await serverAnswers();
    await isServed('whole.localhost');
    expect((await world.ends('broken.localhost')).problem).toMatchObject({
      code: 'VAULT_ITEM_BROKEN',
      sub: [{ code: 'VAULT_ITEM_BROKEN' }],
    });
  });

  it('beside one that the server refuses without saying which, after tries in ever smaller groups', async () => {
    world.installer.stage = async (real, change, fence) =>
      change.put.some(({ key }) => key.name === 'bad.localhost')
        ? err(problem('SERVER_REFUSED', { server: 'edge', detail: 'something is wrong' }))
        : real.stage(change, fence);
    const good = Array.from({ length: 3 }, (_, index) => `good${index}.localhost`);
    await issuedTogether('bad.localhost', ...good);
    await serverAnswers();
    // Together they are fewer than the smallest group but one: the fourth failure in a row leaves each alone.
    await waitFor(
      'the good ones to be served',
      async () => {
        await world.pass(minutes(1), 'server.sweep');
        return (await Promise.all(good.map((name) => world.deployments(name)))).every((made) => made.at(-1)?.state === 'SERVED');
      },
      80_000,
    );
    expect((await world.deployments('bad.localhost')).map(({ state }) => state)).not.toContain('SERVED');
  });
});
