/** Servers, and what the platform itself makes of its own: the edge, and the site of the panel. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PanelSecurity } from '../../src/panel-security.js';
import { unwrap } from '../../src/values/result.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { codesOf, idOf, mutate } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';
import { plantMember } from './tenants.js';

describe('the built-in edge', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app?.close());

  it('is one server, however many try to register it at once', async () => {
    const register = (name: string) => mutate(app, app.adminToken, 'registerServer', { input: { name, kind: 'EMBEDDED_EDGE' } });
    const outcomes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(register));
    const others = outcomes.filter(({ type }) => type !== 'RegisterServerSuccess');
    expect(others).toHaveLength(4);
    expect(new Set(others.map(({ type, subject }) => `${type} ${subject}`))).toEqual(new Set(['Conflict kind']));
    expect(new Set(others.flatMap(codesOf))).toEqual(new Set(['SERVER_REGISTERED']));
    expect((await app.asAdmin('{ servers(first: 5) { nodes { kind } } }')).servers.nodes).toEqual([{ kind: 'EMBEDDED_EDGE' }]);
  });
});

describe('an nginx', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ env: { HOSTSEAL_NGINX_CONFIG: '/etc/nginx/nginx.conf' } });
  });
  afterAll(() => app?.close());
  const register = (to: TestApp, kind: string, key?: string) =>
    mutate(to, to.adminToken, 'registerServer', { input: { name: 'web', kind } }, key);

  it('is one server beside the edge, however many try to register it at once, and listens where it is told', async () => {
    idOf(await register(app, 'EMBEDDED_EDGE'));
    const edgeByName = { input: { name: 'web', kind: 'EMBEDDED_EDGE', serving: 'BY_NAME' } };
    expect(codesOf(await mutate(app, app.adminToken, 'registerServer', edgeByName))).toEqual(['INVALID_INPUT']);
    const byName = { input: { name: 'web', kind: 'NGINX', serving: 'BY_NAME' } };
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => mutate(app, app.adminToken, 'registerServer', byName)));
    const others = outcomes.filter(({ type }) => type !== 'RegisterServerSuccess');
    expect(others.map(({ type, subject, code }) => [type, subject, code])).toEqual(
      Array(4).fill(['Conflict', 'kind', 'SERVER_REGISTERED']),
    );
    const id = idOf(outcomes.find(({ type }) => type === 'RegisterServerSuccess')!);
    for (const ip of ['192.0.2.1', '2001:db8::1']) {
      idOf(await mutate(app, app.adminToken, 'addAddress', { input: { serverId: id, ip, httpPort: 80, httpsPort: 443 } }));
    }
    const { server } = await app.asAdmin(`{ server(id: "${id}") { kind serving addresses { ip httpPort httpsPort } } }`);
    expect(server).toEqual({
      kind: 'NGINX',
      serving: 'BY_NAME',
      addresses: ['192.0.2.1', '2001:db8::1'].map((ip) => ({ ip, httpPort: 80, httpsPort: 443 })),
    });
  });

  it('is refused where the machine is not configured for one, and the key is not used up', async () => {
    const without = await startTestApp();
    expect(await register(without, 'NGINX', 'a-key-of-nginx')).toMatchObject({
      type: 'Conflict',
      subject: 'kind',
      code: 'SERVER_NOT_CONFIGURED',
      remedy: expect.stringContaining('HOSTSEAL_NGINX_CONFIG'),
    });
    idOf(await register(without, 'EMBEDDED_EDGE', 'a-key-of-nginx'));
    await without.close();
  });
});

describe("the panel's own site", () => {
  let app: TestApp;
  let tables: Tables;
  beforeAll(async () => {
    app = await startTestApp({ env: { HOSTSEAL_HOSTNAME: 'panel.localhost' } });
    tables = await openTables(app);
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });
  const ensure = () => app.nest.get(PanelSecurity).ensure();
  const orders = async () => (await tables.counts())['public.orders'];

  it('is never that of a tenant who had the name before: that is said in a line, and nothing is ordered for it', async () => {
    await ensure(); // the edge, and the panel's own site
    const { accountId, token } = await plantMember(app, app.adminToken, 'CUSTOMER', 'Mallory');
    // As if the panel had had another name until now.
    await tables.query(`DELETE FROM orders`);
    await tables.query(`DELETE FROM sites`);
    await tables.query(`UPDATE domains SET account_id = $1`, [accountId]);
    const siteId = idOf(await mutate(app, token, 'createSite', { input: { names: ['panel.localhost'] } }));
    expect(await ensure()).toMatchObject({ problem: { code: 'PANEL_NAME_TAKEN', facts: { name: 'panel.localhost', site: siteId } } });
    expect(await orders()).toBe(0);
    expect((await app.asAdmin(`{ site(id: "${siteId}") { route } }`)).site.route).toBe('NONE');
  });

  it('is not one of the administrator that does not lead to the panel, either', async () => {
    await tables.query(`UPDATE sites SET account_id = $1`, [app.admin.accountId]);
    expect(await ensure()).toMatchObject({ problem: { code: 'PANEL_NAME_TAKEN' } });
    await tables.query(`UPDATE sites SET route = 'PANEL'`);
    expect(unwrap(await ensure()).route).toBe('PANEL');
    expect(await orders()).toBe(1);
  });
});
