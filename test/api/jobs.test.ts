import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BindCertificateJob } from '../../src/features/bindings/bind-certificate.job.js';
import { DeployServerJob } from '../../src/features/deployments/deploy-server.job.js';
import { SweepDeploymentsJob } from '../../src/features/deployments/sweep-deployments.job.js';
import { SweepHealthJob } from '../../src/features/health/sweep-health.job.js';
import { AdvanceOrderJob } from '../../src/features/issuance/advance-order.job.js';
import { SweepOrdersJob } from '../../src/features/issuance/sweep-orders.job.js';
import { Transactions } from '../../src/platform/database/transaction.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue } from '../../src/platform/jobs/queue.js';
import { hours, minutes, plus, seconds } from '../../src/values/instant.js';
import { problem } from '../../src/values/problems/problem.js';
import { err, ok, type Result } from '../../src/values/result.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { waitFor } from '../support/suite/wait-for.js';
import { idOf, mutate } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';
import { untilSecure } from './tenants.js';

/** A process that does not stop. */
const unending = new AbortController().signal;

describe('wake-ups', () => {
  let app: TestApp;
  let tables: Tables;
  beforeAll(async () => {
    app = await startTestApp();
    tables = await openTables(app);
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });
  const waiting = async (id: string) => (await tables.query(`SELECT 1 FROM pgboss.job WHERE data->>'id' = $1`, [id])).length;
  const sendIn = (id: string, outcome: Result<void>) =>
    app.nest.get(Transactions).run(async (tx) => {
      await app.nest.get<Queue>(QUEUE).send('site.check', { id }, { tx });
      return outcome;
    });

  it('one that was sent in a transaction is there when that commits', async () => {
    await sendIn('kept', ok(undefined));
    expect(await waiting('kept')).toBe(1);
  });

  it('and was never there when it is refused, or throws', async () => {
    await sendIn('refused', err(problem('NOT_FOUND')));
    await expect(
      app.nest.get(Transactions).run(async (tx) => {
        await app.nest.get<Queue>(QUEUE).send('site.check', { id: 'thrown' }, { tx });
        throw new Error('a bug');
      }),
    ).rejects.toThrow('a bug');
    expect([await waiting('refused'), await waiting('thrown')]).toEqual([0, 0]);
  });

  it('for one moment is one, however often it is asked for', async () => {
    const queue = app.nest.get<Queue>(QUEUE);
    const soon = plus(app.clock.now(), minutes(5));
    for (const at of [soon, soon, plus(soon, seconds(1)), soon]) await queue.sendAt('site.check', { id: 'once' }, at);
    expect(await waiting('once')).toBe(2);
    app.clock.advance(minutes(1));
    await queue.sendAt('site.check', { id: 'moved' }, soon);
    const [job] = await tables.query<{ wait: number }>(
      `SELECT extract(epoch FROM start_after - created_on)::float AS wait FROM pgboss.job WHERE data->>'id' = 'moved'`,
    );
    expect(job!.wait).toBeLessThanOrEqual(241); // by our clock, a minute of the five has gone
  });

  it('that are put off within one span of our clock are one, and another in the next', async () => {
    const queue = app.nest.get<Queue>(QUEUE);
    const ask = () => queue.sendLater('site.check', { id: 'later' }, hours(1));
    await ask();
    await ask();
    app.clock.advance(hours(1));
    await ask();
    expect(await waiting('later')).toBe(2);
  });

  it('a job carries an id, and nothing else', async () => {
    const jobs = await tables.query<{ data: object }>(`SELECT data FROM pgboss.job WHERE name NOT LIKE '\\_\\_%'`);
    expect(jobs.map(({ data }) => Object.keys(data))).toEqual(jobs.map(() => ['id']));
  });
});

describe('jobs that hang', () => {
  it('keep a place each, and nobody else waits; when the queue has given one up, its place is free', async () => {
    const app = await startTestApp();
    const [jobs, tables] = [app.nest.get(Jobs), await openTables(app)];
    const done = new Set<string>();
    const begun = new Set<string>();
    const handle = async ({ id }: { id: string }): Promise<void> => {
      begun.add(id);
      if (id.startsWith('hangs')) await new Promise(() => undefined);
      done.add(id);
    };
    jobs.register({ name: 'test.many', concurrency: 8, handle });
    jobs.register({ name: 'test.one', concurrency: 1, handle });
    await jobs.open();
    for (const id of ['hangs1', 'hangs2', 'hangs3', ...Array.from({ length: 30 }, (_, i) => `m${i}`)]) await jobs.send('test.many', { id });
    await jobs.send('test.one', { id: 'hangs' });
    await jobs.work();
    await waitFor('the others', () => Promise.resolve(done.size === 30));
    expect([...begun].filter((id) => id.startsWith('hangs')).length).toBe(4);
    await jobs.send('test.one', { id: 'next' });
    await tables.query(`DELETE FROM pgboss.job WHERE data->>'id' = 'hangs'`);
    await waitFor('the place', () => Promise.resolve(done.has('next')));
    await tables.query('DELETE FROM pgboss.job'); // a stop waits for what hangs
    await tables.close();
    await app.close();
  });
});

describe('work that is interrupted', () => {
  let edge: TestEdge;
  const apps: TestApp[] = [];
  beforeAll(async () => void (edge = await startTestEdge()));
  afterEach(async () => {
    const [first, ...others] = apps.splice(0).reverse();
    for (const app of others) await app.close({ keepDatabase: true });
    await first?.close();
  });
  afterAll(() => edge?.stop());
  const start = async (options: TestAppOptions = {}) => {
    const app = await startTestApp({ edge, ...options });
    apps.push(app);
    return app;
  };
  /** Orders for so many sites of their own. */
  async function placeMany(app: TestApp, count: number, prefix: string): Promise<{ siteId: string; orderId: string }[]> {
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'localhost' } });
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const siteId = idOf(await mutate(app, app.adminToken, 'createSite', { input: { names: [`${prefix}${i}.localhost`] } }));
        return { siteId, orderId: idOf(await mutate(app, app.adminToken, 'placeOrder', { input: { siteId } })) };
      }),
    );
  }
  async function looking<T>(app: TestApp, look: (tables: Tables) => Promise<T>): Promise<T> {
    const tables = await openTables(app);
    return look(tables).finally(() => tables.close());
  }

  it('a process that is told to stop hands its orders back, and the next one finishes them: none lost, none doubled', async () => {
    const first = await start();
    const placed = await placeMany(first, 6, 'stop');
    const ids = placed.map(({ orderId }) => orderId);
    await waitFor('some order to be under way', () =>
      looking(
        first,
        async ({ query }) => (await query(`SELECT 1 FROM orders WHERE state = 'VALIDATING' AND id = ANY($1)`, [ids])).length > 0,
      ),
    );
    await first.close({ keepDatabase: true });
    apps.length = 0;
    const second = await start({ database: first.database, vaultKeyLine: first.vaultKeyLine });
    for (const { siteId } of placed) await untilSecure(second, siteId);
    await looking(second, async ({ query }) => {
      const orders = await query<{ state: string }>('SELECT state FROM orders WHERE id = ANY($1)', [ids]);
      expect(orders.map(({ state }) => state)).toEqual(ids.map(() => 'ISSUED'));
      const issued = await query<{ n: number }>(`SELECT count(*)::int AS n FROM certificates WHERE names && $1`, [
        placed.map((_, i) => `stop${i}.localhost`),
      ]);
      expect(issued[0]?.n).toBe(6);
      for (const id of ids) {
        const atCa = await query(`SELECT key FROM member_states WHERE member = 'local-ca' AND body::text LIKE '%' || $1 || '%'`, [id]);
        expect(atCa).toHaveLength(1);
      }
    });
  });

  it('every handler may run twice, also at the same time: nothing changes', async () => {
    const app = await start();
    const [{ siteId, orderId }] = (await placeMany(app, 1, 'twice')) as [{ siteId: string; orderId: string }];
    await untilSecure(app, siteId);
    const { site } = await app.asAdmin('query ($id: ID!) { site(id: $id) { server { id } } }', { id: siteId });
    const served = await edge.installer.inventory();
    const rows = () =>
      looking(app, ({ query }) =>
        query(
          `SELECT 'o' || id, state, certificate_id, attempts::text FROM orders WHERE id = $1 UNION ALL
               SELECT 'b' || id, certificate_id, refused_id, attempts::text FROM bindings WHERE site_id = $2`,
          [orderId, siteId],
        ),
      );
    const before = await rows();
    const handlers: [new (...parts: never[]) => JobHandler, string][] = [
      ...([
        [AdvanceOrderJob, orderId],
        [BindCertificateJob, orderId],
        [DeployServerJob, site.server.id as string],
      ] as [new (...parts: never[]) => JobHandler, string][]),
      ...[SweepOrdersJob, SweepDeploymentsJob, SweepHealthJob].map((job): [new (...parts: never[]) => JobHandler, string] => [job, 'all']),
    ];
    for (const [handler, id] of handlers) {
      const job = app.nest.get<JobHandler>(handler);
      await Promise.all([job.handle({ id }, unending), job.handle({ id }, unending)]);
      await job.handle({ id }, unending);
    }
    expect(await rows()).toEqual(before);
    expect(await edge.installer.inventory()).toEqual(served);
  });

  it('what talks to the edge is left to the process that has it beside it: a worker elsewhere takes no order', async () => {
    const beside = await start({ work: false });
    const { database, vaultKeyLine } = beside;
    const env = { HOSTSEAL_ROLE: 'worker', HOSTSEAL_DATABASE_URL: database.url };
    const elsewhere = await startTestApp({ database, vaultKeyLine, env, work: true });
    apps.push(elsewhere);
    const [{ siteId, orderId }] = (await placeMany(beside, 1, 'far')) as [{ siteId: string; orderId: string }];
    await elsewhere.nest.get(Jobs).send('order.sweep', { id: 'all' });
    const states = (name: string) =>
      looking(beside, ({ query }) => query<{ state: string }>('SELECT state FROM pgboss.job WHERE name = $1', [name]));
    await waitFor('the worker to do what it can', async () => (await states('order.sweep')).some(({ state }) => state === 'completed'));
    expect(new Set((await states('order.advance')).map(({ state }) => state))).toEqual(new Set(['created']));
    await beside.nest.get(Jobs).work();
    await untilSecure(beside, siteId);
    const failed = `SELECT 1 FROM order_events WHERE order_id = $1 AND phase = 'FAILED'`;
    expect(await looking(beside, ({ query }) => query(failed, [orderId]))).toEqual([]);
  });

  it('a wake-up for what is not there is no fault', async () => {
    const app = await start({ work: false });
    for (const job of [AdvanceOrderJob, BindCertificateJob])
      await app.nest.get<JobHandler>(job).handle({ id: 'ord_01kh2a0000000000000000000z' }, unending);
    expect(app.log()).not.toContain('"level":"error"');
  });
});
