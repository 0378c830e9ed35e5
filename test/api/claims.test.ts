/** A worker that hangs is replaced when its lease runs out, and what it still writes, late, is refused: by the database, and by the server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SiteBindings } from '../../src/features/bindings/site-bindings.service.js';
import { DeployServerJob } from '../../src/features/deployments/deploy-server.job.js';
import { AdvanceOrderJob } from '../../src/features/issuance/advance-order.job.js';
import { Claims } from '../../src/platform/database/claims.js';
import { PrismaService } from '../../src/platform/database/prisma.service.js';
import { Transactions, type Fenced } from '../../src/platform/database/transaction.js';
import type { FaultPoints } from '../../src/platform/fault-points.js';
import type { Id } from '../../src/values/id.js';
import { minutes } from '../../src/values/instant.js';
import { ok, unwrap } from '../../src/values/result.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { idOf, mutate } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';
import { untilSecure } from './tenants.js';

/** Stands still at one point, once, until it is let go. */
class Hang implements FaultPoints {
  private point?: string;
  private arrive: () => void = () => undefined;
  private release: () => void = () => undefined;

  /** Resolves when somebody hangs there. */
  at(point: string): Promise<void> {
    this.point = point;
    return new Promise((resolve) => (this.arrive = resolve));
  }

  async reached(name: string): Promise<void> {
    if (name !== this.point) return;
    this.point = undefined;
    this.arrive();
    await new Promise<void>((resolve) => (this.release = resolve));
  }

  letGo(): void {
    this.release();
  }
}

describe('two workers on one database', () => {
  let edge: TestEdge;
  let slow: TestApp;
  let quick: TestApp;
  let tables: Tables;
  const hang = new Hang();
  let sites = 0;
  beforeAll(async () => {
    edge = await startTestEdge();
    slow = await startTestApp({ edge, faults: hang, work: false });
    quick = await startTestApp({ edge, work: false, database: slow.database, vaultKeyLine: slow.vaultKeyLine });
    tables = await openTables(slow);
    await mutate(slow, slow.adminToken, 'addDomain', { input: { name: 'localhost' } });
    // To the quick one every lease of the slow one has run out, however often that one renews it.
    quick.clock.advance(minutes(5));
  });
  afterEach(() => hang.letGo());
  afterAll(async () => {
    await tables?.close();
    await quick?.close({ keepDatabase: true });
    await slow?.close();
    await edge?.stop();
  });

  async function newOrder(): Promise<string> {
    const siteId = idOf(await mutate(slow, slow.adminToken, 'createSite', { input: { names: [`s${++sites}.localhost`] } }));
    return idOf(await mutate(slow, slow.adminToken, 'placeOrder', { input: { siteId } }));
  }
  const orderRow = async (id: string) =>
    (
      await tables.query<{ state: string; certificate_id: string; row: string }>(
        'SELECT *, orders::text AS row FROM orders WHERE id = $1',
        [id],
      )
    )[0]!;
  /** Until the order is done: what waits for the CA is woken up again, as its wake-up would do. */
  async function advance(app: TestApp, id: string): Promise<void> {
    for (let i = 0; i < 20 && (await orderRow(id)).state !== 'ISSUED'; i++) {
      await app.nest.get(AdvanceOrderJob).handle({ id });
      app.clock.advance(minutes(1));
    }
  }

  it.each(['order.makeKey.done', 'order.startAtCa.done', 'order.finalize.done', 'order.download.done'])(
    'a worker that hangs at %s is replaced, and its late write changes nothing',
    async (point) => {
      const id = await newOrder();
      const hanging = hang.at(point);
      const late = advance(slow, id);
      await hanging;
      await advance(quick, id);
      const done = await orderRow(id);
      expect(done).toMatchObject({ state: 'ISSUED', certificate_id: expect.any(String) });
      const [events] = await tables.query<{ n: string }>('SELECT count(*) AS n FROM order_events WHERE order_id = $1', [id]);
      hang.letGo();
      await late;
      expect((await orderRow(id)).row).toBe(done.row);
      expect((await tables.query<{ n: string }>('SELECT count(*) AS n FROM order_events WHERE order_id = $1', [id]))[0]).toEqual(events);
      const atCa = await tables.query(`SELECT key FROM member_states WHERE member = 'local-ca' AND body::text LIKE '%' || $1 || '%'`, [id]);
      expect(atCa).toHaveLength(1);
    },
  );

  it('an edge that was changed by the newer worker refuses the late write of the older', async () => {
    const id = await newOrder();
    await advance(quick, id);
    const [row] = await tables.query<{ siteId: Id<'site'>; serverId: string; certificateId: Id<'certificate'> }>(
      `SELECT site_id AS "siteId", server_id AS "serverId", certificate_id AS "certificateId"
       FROM orders JOIN sites ON sites.id = site_id WHERE orders.id = $1`,
      [id],
    );
    const { siteId, serverId, certificateId } = row!;
    await slow.nest.get(SiteBindings).bind(siteId, certificateId, false);
    const hanging = hang.at('deployment.apply.intended');
    const late = slow.nest.get(DeployServerJob).handle({ id: serverId });
    await hanging;
    await quick.nest.get(DeployServerJob).handle({ id: serverId });
    await untilSecure(quick, siteId);
    const served = await edge.installer.inventory();
    const deployments = await tables.query('SELECT * FROM deployments ORDER BY id');
    hang.letGo();
    await late;
    expect(await edge.installer.inventory()).toEqual(served);
    expect(await tables.query('SELECT * FROM deployments ORDER BY id')).toEqual(deployments);
    expect(await edge.installer.apply(unwrap(served).generation, 1)).toMatchObject({ problem: { code: 'STALE_FENCE' } });
  });

  it('while somebody works, nobody else does; afterwards the next one has a higher fence', async () => {
    const [claims, others] = [quick.nest.get(Claims), slow.nest.get(Claims)];
    const fences: bigint[] = [];
    const first = await claims.whileHolding('thing', async ({ fence }) => {
      fences.push(fence);
      expect(await others.whileHolding('thing', () => Promise.resolve())).toEqual({ held: false });
    });
    expect(first.held).toBe(true);
    slow.clock.advance(minutes(10));
    await others.whileHolding('thing', async ({ fence }) => void fences.push(fence));
    expect(fences[1]).toBe(fences[0]! + 1n);
  });

  it('whoever learns that the outside has seen a higher token makes room for the next at once, who gets a token above it', async () => {
    const claims = quick.nest.get(Claims);
    await claims.whileHolding('restored', (claim) => claims.raise(claim, 500n));
    expect(await claims.whileHolding('restored', ({ fence }) => Promise.resolve(fence))).toEqual({ held: true, value: 501n });
  });

  it('a write under a claim that was lost is CLAIM_LOST, and does not happen', async () => {
    let lost: Fenced | undefined;
    await slow.nest.get(Claims).whileHolding('late', async (claim) => void (lost = claim));
    quick.clock.advance(minutes(30));
    await quick.nest.get(Claims).whileHolding('late', async () => {
      const write = () => slow.nest.get(Transactions).run(async (tx) => ok(await tx.claim.delete({ where: { resource: 'late' } })), lost);
      expect(await write()).toMatchObject({ problem: { code: 'CLAIM_LOST', facts: { resource: 'late' } } });
    });
    expect(await tables.query(`SELECT 1 FROM claims WHERE resource = 'late'`)).toHaveLength(1);
  });

  it('a process that hangs in the middle of a transaction is ended by PostgreSQL, and its claim goes to another', async () => {
    const [setting] = await slow.nest.get(PrismaService).$queryRaw<object[]>`SHOW idle_in_transaction_session_timeout`;
    expect(setting).toEqual({ idle_in_transaction_session_timeout: '30s' });
    const { vaultKeyLine } = slow;
    const database = { ...slow.database, url: `${slow.database.url}&idle_in_transaction_session_timeout=300` }; // the same, sooner
    const hung = await startTestApp({ work: false, vaultKeyLine, database });
    const [{ promise: isInside, resolve: inside }, { promise: hangs, resolve: letGo }] = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ];
    const late = hung.nest.get(Claims).whileHolding('hung', (claim) =>
      hung.nest.get(Transactions).run(async (tx) => {
        inside();
        await hangs;
        return ok(await tx.claim.delete({ where: { resource: 'hung' } }));
      }, claim),
    );
    const refused = expect(late).rejects.toThrow();
    await isInside;
    expect(await quick.nest.get(Claims).whileHolding('hung', ({ fence }) => Promise.resolve(fence))).toEqual({ held: true, value: 2n });
    letGo();
    await refused;
    expect(await tables.query(`SELECT 1 FROM claims WHERE resource = 'hung'`)).toHaveLength(1);
    await hung.close({ keepDatabase: true });
  });
});
