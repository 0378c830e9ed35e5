import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BindCertificateJob } from '../../src/features/bindings/bind-certificate.job.js';
import { AdvanceOrderJob } from '../../src/features/issuance/advance-order.job.js';
import { SweepOrdersJob } from '../../src/features/issuance/sweep-orders.job.js';
import { seconds } from '../../src/values/instant.js';
import { unwrap } from '../../src/values/result.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { addDomain, createSite, placeOrder } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { copyOrder, openTables } from '../api/tables.js';

async function order(app: TestApp, name: string): Promise<{ siteId: string; orderId: string }> {
  await addDomain(app.asAdmin);
  const siteId = await createSite(app.asAdmin, name);
  return { siteId, orderId: await placeOrder(app.asAdmin, siteId) };
}

describe('nothing depends on a single wake-up', () => {
  let edge: TestEdge;
  beforeAll(async () => {
    edge = await startTestEdge();
  });
  afterAll(() => edge?.stop());

  it('a certificate whose wake-up was lost is handed on again, until it is bound, and no longer', async () => {
    const app = await startTestApp({ edge, work: false });
    const database = new pg.Client({ connectionString: app.database.url });
    await database.connect();
    const waiting = async () => {
      const { rowCount } = await database.query(`SELECT 1 FROM pgboss.job WHERE name = 'certificate.issued' AND state = 'created'`);
      return rowCount;
    };
    const lose = () => database.query(`DELETE FROM pgboss.job WHERE name = 'certificate.issued'`);

    const { siteId, orderId } = await order(app, 'lost.localhost');
    await app.nest.get(AdvanceOrderJob).handle({ id: orderId });
    expect(await waiting()).toBe(1);
    await lose();

    await app.nest.get(SweepOrdersJob).handle();
    expect(await waiting()).toBe(0); // too soon: the first one may be on its way
    app.clock.advance(seconds(31));
    await app.nest.get(SweepOrdersJob).handle();
    expect(await waiting()).toBe(1);

    await app.nest.get(BindCertificateJob).handle({ id: orderId });
    await lose();
    await app.nest.get(SweepOrdersJob).handle();
    expect(await waiting()).toBe(0);
    const { site } = await app.asAdmin(`query ($id: ID!) { site(id: $id) { bindings { name certificate { id } } } }`, { id: siteId });
    expect(site.bindings).toEqual([{ name: 'lost.localhost', certificate: { id: expect.any(String) } }]);
    await database.end();
    await app.close();
  });

  it('some that never come to rest, however many, do not keep others from being woken', async () => {
    const app = await startTestApp({ edge, work: false });
    const tables = await openTables(app);
    const [stuck, unbound, due, lost] = [
      await order(app, 'stuck.localhost'),
      await order(app, 'unbound.localhost'),
      await order(app, 'due.localhost'),
      await order(app, 'handed.localhost'),
    ];
    for (const { orderId } of [unbound, lost]) await app.nest.get(AdvanceOrderJob).handle({ id: orderId });
    // A round of either kind, all of them before the others in every order.
    await copyOrder(tables, stuck.orderId, 500, { wake_at: '2020-01-01T00:00:00Z' });
    await copyOrder(tables, unbound.orderId, 500, { finished_at: '2020-01-01T00:00:00Z' });
    app.clock.advance(seconds(31));
    await tables.query('DELETE FROM pgboss.job');
    const woken = async (id: string, name: string) =>
      (await tables.query(`SELECT 1 FROM pgboss.job WHERE data->>'id' = $1 AND name = $2`, [id, name])).length > 0;
    for (let round = 0; round < 2; round++) await app.nest.get(SweepOrdersJob).handle();
    expect([await woken(due.orderId, 'order.advance'), await woken(lost.orderId, 'certificate.issued')]).toEqual([true, true]);
    await tables.close();
    await app.close();
  });

  it('a database that knows less than its server has seen catches up with it', async () => {
    unwrap(await edge.installer.prune(500));
    const app = await startTestApp({ edge });
    const { siteId } = await order(app, 'restored.localhost');
    await waitFor('the site to be secure', async () => {
      const { site } = await app.asAdmin(`query ($id: ID!) { site(id: $id) { security { state } } }`, { id: siteId });
      return site.security.state === 'SECURE';
    });
    expect(app.log()).toContain('the server has seen a newer worker');
    await app.close();
  });

  it('a server that gets another address shows the certificates of its sites there too', async () => {
    const [, second] = edge.listeners;
    const app = await startTestApp({ edge, env: { HOSTSEAL_ALLOW_ADDRESSES: second!.address } });
    const { siteId } = await order(app, 'spread.localhost');
    const served = (count: number) =>
      waitFor(`proof at ${count} addresses`, async () => {
        const { site } = await app.asAdmin(`query ($id: ID!) { site(id: $id) { security { state findings { address } } } }`, {
          id: siteId,
        });
        return site.security.state === 'SECURE' && site.security.findings.length === count;
      });
    await served(1);
    const { servers } = await app.asAdmin(`{ servers(first: 1) { nodes { id } } }`);
    const added = await app.asAdmin(
      `mutation ($input: AddAddressInput!, $key: String!) { addAddress(input: $input, idempotencyKey: $key) { __typename } }`,
      {
        input: { serverId: servers.nodes[0].id, ip: second!.address, httpPort: second!.httpPort, httpsPort: second!.httpsPort },
        key: freshKey(),
      },
    );
    expect(added.addAddress.__typename).toBe('AddAddressSuccess');
    await served(2);
    await app.close();
  });
});
