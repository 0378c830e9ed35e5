/** "Secure" is what fresh handshakes showed, asked anew each time. */
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PruneDeploymentsJob } from '../../src/features/deployments/prune-deployments.job.js';
import { CheckSiteJob } from '../../src/features/health/check-site.job.js';
import { SweepHealthJob } from '../../src/features/health/sweep-health.job.js';
import type { CertificateName } from '../../src/values/hostname.js';
import { PruneObservationsJob } from '../../src/features/observations/prune-observations.job.js';
import { days, minutes } from '../../src/values/instant.js';
import { unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { makeCa } from '../support/pki/certificates.js';
import { rows } from '../support/database.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { Listeners } from '../support/listen.js';
import { waitFor } from '../support/suite/wait-for.js';
import { idOf, mutate } from './every-mutation.js';
import { untilSecure } from './tenants.js';

/** Later than every fence that a deployment has taken here. */
const LATE_FENCE = 1_000_000;

describe('what is known of a site', () => {
  let edge: TestEdge;
  /** Nobody works in it, so that nothing is looked at unasked. */
  let app: TestApp;
  let siteId: string;
  let bareId: string;
  let slowId: string;
  const listeners = new Listeners();
  beforeAll(async () => {
    edge = await startTestEdge();
    const working = await startTestApp({ edge });
    await mutate(working, working.adminToken, 'addDomain', { input: { name: 'localhost' } });
    const create = async (name: string) => idOf(await mutate(working, working.adminToken, 'createSite', { input: { names: [name] } }));
    [siteId, bareId, slowId] = [await create('shop.localhost'), await create('bare.localhost'), await create('slow.localhost')];
    for (const id of [siteId, slowId]) await mutate(working, working.adminToken, 'placeOrder', { input: { siteId: id } });
    for (const id of [siteId, slowId]) await untilSecure(working, id);
    await working.close({ keepDatabase: true });
    const env = { HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.1' };
    app = await startTestApp({ edge, env, work: false, database: working.database, vaultKeyLine: working.vaultKeyLine });
  });
  afterAll(async () => {
    await app?.close();
    await edge?.stop();
    await listeners.stop();
  });

  type Finding = { name: string; state: string; reason: string; observedAt: string | null; problem: { code: string } | null };
  async function security(id = siteId): Promise<{ state: string; findings: Finding[] }> {
    const query = `query ($id: ID!) { site(id: $id) { security { state findings { name state reason observedAt problem { code } } } } }`;
    return (await app.asAdmin(query, { id })).site.security;
  }
  /** A caller asks, and a worker looks. */
  async function look(): Promise<void> {
    idOf(await mutate(app, app.adminToken, 'startCheck', { siteId }));
    await app.nest.get(CheckSiteJob).handle({ id: siteId });
  }

  it('a site that nothing was ever served for is UNKNOWN, not fine: each name at each address is missing', async () => {
    const missing = { name: 'bare.localhost', state: 'UNKNOWN', reason: 'NEVER_OBSERVED', observedAt: null, problem: null };
    expect(await security(bareId)).toEqual({ state: 'UNKNOWN', findings: [missing] });
  });

  it('an address that its server has got since the last look makes a secure site UNKNOWN, until it is proven there', async () => {
    const { servers } = await app.asAdmin('{ servers(first: 1) { nodes { id } } }');
    const input = { serverId: servers.nodes[0].id, ip: '192.0.2.1', httpPort: 80, httpsPort: 443 };
    const addressId = idOf(await mutate(app, app.adminToken, 'addAddress', { input }));
    expect(await security()).toMatchObject({ state: 'UNKNOWN', findings: [{ reason: 'PROVEN' }, { reason: 'NEVER_OBSERVED' }] });
    await rows(app.database.url, 'DELETE FROM addresses WHERE id = $1', [addressId]);
    expect((await security()).state).toBe('SECURE');
  });

  it('a site is SECURE after a handshake that proves it, which is named with its time', async () => {
    const { state, findings } = await security();
    expect(state).toBe('SECURE');
    expect(findings).toEqual([
      { name: 'shop.localhost', state: 'SECURE', reason: 'PROVEN', observedAt: expect.any(String), problem: null },
    ]);
  });

  it('half an hour without a look later nothing is known any more, until somebody looks', async () => {
    app.clock.advance(minutes(31));
    expect(await security()).toMatchObject({ state: 'UNKNOWN', findings: [{ state: 'UNKNOWN', reason: 'STALE' }] });
    await look();
    expect(await security()).toMatchObject({ state: 'SECURE', findings: [{ reason: 'PROVEN' }] });
  });

  it('startCheck changes nothing by itself: it asks for a look', async () => {
    const before = await security();
    await mutate(app, app.adminToken, 'startCheck', { siteId });
    expect(await security()).toEqual(before);
  });

  it('a server that does not answer leaves it unknown, and says so', async () => {
    await edge.kill();
    await look();
    expect(await security()).toMatchObject({ state: expect.not.stringMatching('^SECURE$'), findings: [{ reason: 'NO_ANSWER' }] });
    await edge.start();
    await look();
    expect((await security()).state).toBe('SECURE');
  });

  it('a server that hangs keeps no other waiting: in a sweep what the others show is there while it still hangs', async () => {
    const heard = Promise.withResolvers<net.Socket>();
    const port = await listeners.listen(net.createServer((socket) => heard.resolve(socket)));
    await rows(app.database.url, 'UPDATE bindings SET port = $1 WHERE site_id = $2', [port, slowId]);
    const seenAt = async (at: number) =>
      (await rows(app.database.url, `SELECT 1 FROM observations WHERE record->'target'->>'port' = $1`, [`${at}`])).length;
    app.clock.advance(minutes(31));
    const sweep = app.nest.get(SweepHealthJob).handle({ id: 'all' }, new AbortController().signal);
    const hanging = await heard.promise;
    await waitFor('the other site to be looked at', async () => (await security()).state === 'SECURE');
    expect(hanging.closed).toBe(false);
    expect(await seenAt(port)).toBe(0);
    hanging.destroy();
    await sweep;
    expect(await seenAt(port)).toBe(1);
  });

  it('a server that shows a certificate of somebody else makes it NOT_SECURE, with the cause', async () => {
    const stranger = await (await makeCa('Stranger')).issue({ names: ['shop.localhost'] });
    const { address, httpsPort } = edge.listeners[0]!;
    const key = { address, port: httpsPort, name: 'shop.localhost' as CertificateName };
    const certificate = { fingerprint: stranger.fingerprint, chain: stranger.chainPem, key: Secret.of(stranger.keyPem) };
    const generation = unwrap(
      await edge.installer.stage({ put: [{ key, certificates: [certificate], route: 'NONE' }], remove: [] }, LATE_FENCE),
    );
    unwrap(await edge.installer.apply(generation, LATE_FENCE));
    expect((await security()).state).toBe('SECURE');
    await look();
    const { state, findings } = await security();
    expect(state).toBe('NOT_SECURE');
    expect(findings).toEqual([
      expect.objectContaining({ reason: 'FAILED', problem: { code: expect.stringMatching(/^(CHAIN_|SERVES_WRONG)/) } }),
    ]);
  });

  it('what is old is forgotten: checks after a week, deployments with their handshakes after a quarter; one under way is kept', async () => {
    const count = async (table: string, where = 'true') => {
      const [row] = await rows<{ n: number }>(app.database.url, `SELECT count(*)::int AS n FROM ${table} WHERE ${where}`);
      return row!.n;
    };
    const prune = async () => {
      await app.nest.get(PruneObservationsJob).handle();
      await app.nest.get(PruneDeploymentsJob).handle();
    };
    const counts = async () => [await count('observations', `occasion = 'CHECK'`), await count('observations'), await count('deployments')];
    const [, observations, deployments] = await counts();
    app.clock.advance(days(8));
    await prune();
    expect(await counts()).toEqual([0, expect.any(Number), deployments]);
    expect(await count('observations')).toBeLessThan(observations!);
    await rows(app.database.url, 'UPDATE deployments SET finished_at = NULL WHERE id = (SELECT max(id) FROM deployments)');
    app.clock.advance(days(90));
    await prune();
    expect(await count('deployments')).toBe(1);
    for (const table of ['observations', 'deployment_events']) {
      expect(await count(table)).toBeGreaterThan(0);
      expect(await count(table, 'deployment_id NOT IN (SELECT id FROM deployments)')).toBe(0);
    }
    expect(await count('placements', 'proven')).toBeGreaterThan(0);
  });
});
