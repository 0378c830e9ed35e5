/** Full checks of sites: started, followed, kept with history; what they find, and the alarm of a site that was fine and is not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckSiteJob } from '../../src/features/health/check-site.job.js';
import { PruneFindingsJob } from '../../src/features/findings/prune-findings.job.js';
import { RunCheckJob } from '../../src/features/inspection/run-check.job.js';
import { SweepChecksJob } from '../../src/features/inspection/sweep-checks.job.js';
import { PruneChecksJob } from '../../src/features/site-checks/prune-checks.job.js';
import type { CertificateName } from '../../src/values/hostname.js';
import { days, hours, minutes } from '../../src/values/instant.js';
import { unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { makeCa } from '../support/pki/certificates.js';
import { rows } from '../support/database.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { streamed } from '../support/event-stream.js';
import { idOf, mutate } from './every-mutation.js';
import { untilSecure } from './tenants.js';

describe('checks of a site', () => {
  let edge: TestEdge;
  /** Nobody works in it, so that nothing is looked at unasked. */
  let app: TestApp;
  let siteId: string;
  beforeAll(async () => {
    edge = await startTestEdge();
    const working = await startTestApp({ edge });
    await mutate(working, working.adminToken, 'addDomain', { input: { name: 'localhost' } });
    siteId = idOf(await mutate(working, working.adminToken, 'createSite', { input: { names: ['shop.localhost', 'www.shop.localhost'] } }));
    await mutate(working, working.adminToken, 'placeOrder', { input: { siteId } });
    await untilSecure(working, siteId);
    await working.close({ keepDatabase: true });
    app = await startTestApp({ edge, work: false, database: working.database, vaultKeyLine: working.vaultKeyLine });
    await rows(app.database.url, 'DELETE FROM site_checks');
  });
  afterAll(async () => {
    await app?.close();
    await edge?.stop();
  });

  const start = async () => idOf(await mutate(app, app.adminToken, 'startCheck', { siteId }));
  /** A worker makes all that are due. */
  async function work(): Promise<void> {
    for (const { id } of await rows<{ id: string }>(app.database.url, 'SELECT id FROM site_checks WHERE finished_at IS NULL ORDER BY id'))
      await app.nest.get(RunCheckJob).handle({ id });
  }
  /** A sweep's handshakes, and the checks that they ask for. */
  async function look(): Promise<void> {
    await app.nest.get(CheckSiteJob).handle({ id: siteId });
  }
  async function findings(filter = '{ open: true }') {
    const fields =
      'name firstSeenAt lastSeenAt resolvedAt diagnosis { cause severity title explanation remedy whoActs repairable where { port } }';
    const { findings: found } = await app.asAdmin(`{ findings(first: 50, filter: ${filter}) { nodes { ${fields} } } }`);
    return found.nodes;
  }
  const broken = (more = '') => findings(`{ severities: [BROKEN], open: true ${more} }`);
  const alarms = async () =>
    (await app.asAdmin('{ alarms(first: 10) { nodes { name endedAt diagnosis { cause } site { id } } } }')).alarms.nodes;
  /** Past the platform: by somebody who has taken over the server. */
  let fence = 1_000_000;
  async function show(names: readonly string[], certificate: { fingerprint: string; chainPem: string; keyPem: string }): Promise<void> {
    const { address, httpsPort } = edge.listeners[0]!;
    const certificates = [{ fingerprint: certificate.fingerprint, chain: certificate.chainPem, key: Secret.of(certificate.keyPem) }];
    const put = names.map((name) => ({
      key: { address, port: httpsPort, name: name as CertificateName },
      ...{ certificates, route: 'NONE' as const },
    }));
    unwrap(await edge.installer.apply(unwrap(await edge.installer.stage({ put, remove: [] }, ++fence)), fence));
  }
  /** What the platform put there is back. */
  async function restore(): Promise<void> {
    const { generation } = unwrap(await edge.installer.inventory());
    unwrap(await edge.installer.undo(generation, ++fence));
  }

  it('one that is under way is shared, and tells how far it is', async () => {
    const id = await start();
    expect(await start()).toBe(id);
    const { check } = await app.asAdmin('query ($id: ID!) { check(id: $id) { state occasion name addresses { address } site { id } } }', {
      id,
    });
    expect(check).toEqual({ state: 'WAITING', occasion: 'ASKED', name: 'shop.localhost', addresses: [], site: { id: siteId } });
  });

  it('it is followed by a subscription, over one answer that grows, until it is done', async () => {
    const id = await start();
    const query = 'subscription ($id: ID!) { checkProgress(checkId: $id) { state connections { used budget } addresses { port } } }';
    const [events] = await Promise.all([streamed(app, app.adminToken, query, { id }), work()]);
    const states = events.map(({ data }) => data.checkProgress.state);
    expect([...new Set(states)]).toEqual(
      states.includes('RUNNING') ? expect.arrayContaining(['RUNNING', 'DONE']) : expect.arrayContaining(['DONE']),
    );
    const { data } = events.at(-1);
    expect(data.checkProgress).toMatchObject({ state: 'DONE', addresses: [{ port: edge.listeners[0]!.httpsPort }] });
    expect(data.checkProgress.connections.used).toBeLessThanOrEqual(data.checkProgress.connections.budget);
  });

  it('what was found is kept: versions, suites, groups, certificates, features, HTTP, the five steps of TLS 1.2 and 1.3', async () => {
    const query = `query ($id: ID!) { site(id: $id) { check { state tookMs leftOut addresses { address
      baseline { protocol roundTrips forwardSecrecy steps { step afterMs detail sent answered } }
      handshakes { protocol roundTrips steps { step } }
      versions { version answer suites { names preference } }
      groups { names } alpn { names } signatureAlgorithms { version algorithms { names } }
      certificates { certificate { names fingerprint notAfter chain } versions stapled }
      features { feature answer } withoutName { certificate { subject } } clientCertificate { answer }
      https { status hsts } plainHttp { status location } } } } }`;
    const { check } = (await app.asAdmin(query, { id: siteId })).site;
    const [address] = check.addresses;
    expect(check).toMatchObject({ state: 'DONE', leftOut: [] });
    expect(address.baseline).toMatchObject({ protocol: 'TLSv1.3', roundTrips: 1, forwardSecrecy: true });
    expect(address.baseline.steps.map(({ step }: { step: string }) => step)).toEqual([
      ...['CLIENT_HELLO', 'SERVER_HELLO', 'CERTIFICATE', 'KEY_EXCHANGE', 'FINISHED'],
    ]);
    expect(address.handshakes.map(({ protocol, roundTrips }: never) => [protocol, roundTrips])).toEqual(
      expect.arrayContaining([
        ['TLSv1.2', 2],
        ['TLSv1.3', 1],
      ]),
    );
    expect(address.versions).toContainEqual({
      version: 'TLS 1.3',
      answer: 'YES',
      suites: expect.objectContaining({ names: expect.arrayContaining(['TLS_AES_128_GCM_SHA256']) }),
    });
    expect(address.versions).toContainEqual(expect.objectContaining({ version: 'TLS 1.0', answer: 'NO' }));
    expect(address.groups.names).toContain('X25519MLKEM768');
    expect(address.alpn.names).toContain('h2');
    expect(address.certificates[0].certificate).toMatchObject({ names: ['shop.localhost', 'www.shop.localhost'] });
    expect(address.features).toContainEqual({ feature: 'TOLERATES_GREASE', answer: 'YES' });
    expect(address.withoutName.certificate.subject).toContain('No site is configured');
    expect(address.https.status).toBe(404);
  });

  it('its history is read newest first, page by page', async () => {
    for (let i = 0; i < 2; i++) await start().then(work);
    const query =
      'query ($id: ID!, $after: String) { site(id: $id) { checks(first: 2, after: $after) { nodes { id createdAt } pageInfo { hasNextPage endCursor } } } }';
    const first = (await app.asAdmin(query, { id: siteId })).site.checks;
    const second = (await app.asAdmin(query, { id: siteId, after: first.pageInfo.endCursor })).site.checks;
    const ids = [...first.nodes, ...second.nodes].map(({ id }: { id: string }) => id);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    expect(ids).toHaveLength(3);
    expect(ids).toEqual(ids.toSorted().reverse());
  });

  it('a site that is served as it shall be has nothing broken, weak or unknown, though its name leads to an address that nobody listens on', async () => {
    expect(await findings('{ severities: [BROKEN, WEAK, UNKNOWN], open: true }')).toEqual([]);
    expect(await alarms()).toEqual([]);
  });

  describe('given a server that shows the certificate of a stranger', () => {
    beforeAll(async () => {
      await show(['shop.localhost'], await (await makeCa('Stranger')).issue({ names: ['shop.localhost'] }));
    });

    it('the next handshake raises the alarm at once, with a diagnosis, before any full check', async () => {
      await look();
      expect(await alarms()).toEqual([
        { name: 'shop.localhost', endedAt: null, diagnosis: { cause: expect.any(String) }, site: { id: siteId } },
      ]);
      expect((await broken()).length).toBeGreaterThan(0);
      const [open] = await rows(app.database.url, 'SELECT occasion FROM site_checks WHERE finished_at IS NULL');
      expect(open).toEqual({ occasion: 'SUSPECTED' });
    });

    it('it is one story, however often it is looked at', async () => {
      await work();
      await look();
      await start().then(work);
      expect(await alarms()).toHaveLength(1);
    });

    it('a finding says what is wrong, since when, and who has to act; several checks show one', async () => {
      const all = await broken();
      expect(new Set(all.map(({ diagnosis }: never) => (diagnosis as { cause: string }).cause)).size).toBe(all.length);
      for (const { name, diagnosis, firstSeenAt, lastSeenAt } of all) {
        expect(name).toBe('shop.localhost');
        expect(diagnosis).toMatchObject({ severity: 'BROKEN', where: [{ port: edge.listeners[0]!.httpsPort }] });
        for (const text of [diagnosis.title, diagnosis.explanation, diagnosis.remedy]) expect(text).toMatch(/^[A-Z].+/);
        expect(Date.parse(lastSeenAt)).toBeGreaterThan(Date.parse(firstSeenAt));
      }
    });

    it('findings are filtered by site, severity, cause, who acts, and whether they are open', async () => {
      const [{ diagnosis }] = await broken();
      expect((await broken(`, siteId: "${siteId}", causes: [${diagnosis.cause}], whoActs: [${diagnosis.whoActs}]`)).length).toBe(1);
      expect(await broken(', whoActs: [CDN]')).toEqual([]);
      expect(await findings('{ severities: [BROKEN], open: false }')).toEqual([]);
    });

    it('is over when a check sees that it is: the findings are resolved, and the alarm has ended', async () => {
      await restore();
      await look();
      await work();
      expect(await broken()).toEqual([]);
      expect(await alarms()).toEqual([expect.objectContaining({ endedAt: expect.any(String) })]);
      expect((await findings('{ severities: [BROKEN], open: false }')).length).toBeGreaterThan(0);
    });
  });

  it('a server that nobody reaches ends nothing, and is another story', async () => {
    await edge.kill();
    await look();
    expect(await alarms()).toHaveLength(1);
    await work();
    expect((await broken()).map(({ diagnosis }: never) => (diagnosis as { cause: string }).cause)).toContain('CONNECTION_REFUSED');
    expect(await alarms()).toHaveLength(2);
    await edge.start();
    await start().then(work);
    expect((await alarms()).map(({ endedAt }: never) => endedAt)).toEqual([expect.any(String), expect.any(String)]);
  });

  it('a site that never was fine raises no alarm', async () => {
    const bare = idOf(await mutate(app, app.adminToken, 'createSite', { input: { names: ['bare.localhost'] } }));
    idOf(await mutate(app, app.adminToken, 'startCheck', { siteId: bare }));
    await work();
    expect((await broken(`, siteId: "${bare}"`)).length).toBeGreaterThan(0);
    expect(await alarms()).toHaveLength(2);
  });

  it('each site is checked once a day by itself, and one whose wake-up was lost is made all the same', async () => {
    const scheduled = () =>
      rows(app.database.url, `SELECT name FROM site_checks WHERE finished_at IS NULL AND occasion = 'SCHEDULED' AND site_id = $1`, [
        siteId,
      ]);
    await app.nest.get(SweepChecksJob).handle();
    expect(await scheduled()).toEqual([]);
    app.clock.advance(hours(27));
    await app.nest.get(SweepChecksJob).handle();
    await app.nest.get(SweepChecksJob).handle();
    // And the other name, of which something is known to be left.
    expect(await scheduled()).toEqual([{ name: 'shop.localhost' }, { name: 'www.shop.localhost' }]);
    app.clock.advance(minutes(3));
    const before = await rows<{ n: number }>(app.database.url, `SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'check.run'`);
    await app.nest.get(SweepChecksJob).handle();
    const after = await rows<{ n: number }>(app.database.url, `SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'check.run'`);
    expect(after[0]!.n).toBeGreaterThan(before[0]!.n);
    await work();
    expect(await scheduled()).toEqual([]);
  });

  it('what an older version kept in another shape is not shown, and why', async () => {
    await rows(app.database.url, `UPDATE site_checks SET record = '{"at": 1}' WHERE name = 'shop.localhost' AND site_id = $1`, [siteId]);
    const { site } = await app.asAdmin('query ($id: ID!) { site(id: $id) { check { state problem { code } } } }', { id: siteId });
    expect(site.check).toEqual({ state: 'FAILED', problem: { code: 'INVALID_INPUT' } });
  });

  it('what is old is forgotten after a quarter: checks, findings that are over, alarms that have ended; what is open stays', async () => {
    const count = async (table: string) => (await rows<{ n: number }>(app.database.url, `SELECT count(*)::int AS n FROM ${table}`))[0]!.n;
    const open = (await findings()).length;
    app.clock.advance(days(91));
    await app.nest.get(PruneChecksJob).handle();
    await app.nest.get(PruneFindingsJob).handle();
    expect([await count('site_checks'), await count('alarms'), await count('findings')]).toEqual([0, 0, open]);
    expect(open).toBeGreaterThan(0);
  });
});
