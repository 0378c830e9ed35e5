/** The platform drives a cPanel server: a site on it is validated, installed and proven, and what goes wrong leaves what is served. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Installers } from '../../src/adapters/installers/installer.js';
import { GenerationBook } from '../../src/adapters/installers/cpanel/generation-book.js';
import { MemberStates } from '../../src/platform/member-state/member-state.store.js';
import { ok } from '../../src/values/result.js';
import { idOf, mutate, type MutationName } from '../api/every-mutation.js';
import { openTables, type Tables } from '../api/tables.js';
import { untilSecure } from '../api/tenants.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startTestCpanel, type TestCpanel } from '../support/cpanel/cpanel.js';
import { waitFor } from '../support/suite/wait-for.js';
import { handshake } from '../support/tls/handshake.js';

let cpanel: TestCpanel;
let app: TestApp;
let tables: Tables;
let serverId: string;
let siteId: string;
const NAME = 'shop.localhost';

beforeAll(async () => {
  cpanel = await startTestCpanel();
  cpanel.server.hosting.addAccount('shop', NAME, '127.0.0.1');
  const [{ httpPort, httpsPort }] = cpanel.listeners;
  const installers = (usual: Installers): Installers => ({
    through: (host, server) => usual.through(host, server),
    drives: ({ kind }) => kind === 'CPANEL',
    of: (server) => (server.kind === 'CPANEL' ? ok(cpanel.installer('whm', new GenerationBook(stateOf(app)))) : usual.of(server)),
  });
  const env = { HOSTSEAL_HTTP_PORT: `${httpPort}`, HOSTSEAL_HTTPS_PORT: `${httpsPort}` };
  app = await startTestApp({ installers, env, work: true });
  tables = await openTables(app);
  idOf(await did('addDomain', { name: 'localhost' }));
  serverId = idOf(await did('registerServer', { name: 'web', kind: 'CPANEL' }));
  idOf(await did('addAddress', { serverId, ip: '127.0.0.1', httpPort, httpsPort }));
  siteId = idOf(await did('createSite', { names: [NAME], serverId }));
});
afterAll(async () => {
  await tables?.close();
  await app?.close();
  await cpanel?.stop();
});

const stateOf = ({ nest }: TestApp) => nest.get(MemberStates).of('cpanel-of-test');
const did = (mutation: MutationName, input: object) => mutate(app, app.adminToken, mutation, { input });
const shown = async () => (await handshake({ address: '127.0.0.1', port: cpanel.listeners[0].httpsPort }, NAME)).fingerprint;
const DEPLOYMENTS = 'query ($id: ID!) { server(id: $id) { deployments(first: 20) { nodes { state problem { code } } } } }';
const deployments = async (): Promise<readonly { state: string; problem: { code: string } | null }[]> =>
  (await app.asAdmin(DEPLOYMENTS, { id: serverId })).server.deployments.nodes;

it('an order is validated in the document root, installed through the API and proven; a refused renewal changes nothing', async () => {
  idOf(await did('placeOrder', { siteId }));
  await untilSecure(app, siteId);
  const first = await shown();
  expect(cpanel.server.calls).toContain('Fileman/save_file_content');
  await waitFor('the challenge to be gone', async () => cpanel.server.hosting.files.size === 0);

  cpanel.server.misbehave('installssl', 'REFUSED');
  idOf(await did('placeOrder', { siteId }));
  await waitFor('a deployment to be undone', async () => (await deployments()).some(({ state }) => state === 'UNDONE'));
  expect((await deployments()).find(({ state }) => state === 'UNDONE')?.problem?.code).toBe('SERVER_REFUSED');
  expect(cpanel.server.violations).toEqual([]);
  expect(await shown()).toBe(first);
});

it('what is kept of it in the database has no key in it', async () => {
  expect(await tables.dump()).not.toContain('PRIVATE KEY');
  expect(app.log()).not.toContain('PRIVATE KEY');
  const state = stateOf(app);
  const kept = await tables.query<{ name: string }>('SELECT name FROM member_secrets WHERE member = $1', ['cpanel-of-test']);
  expect(kept.length).toBeGreaterThan(0);
  const items = async () => (await tables.query<{ n: string }>('SELECT count(*) AS n FROM vault_items'))[0]!.n;
  const before = Number(await items());
  await state.forgetSecret(kept[0]!.name);
  await state.forgetSecret(kept[0]!.name);
  expect(await state.secret(kept[0]!.name)).toBeUndefined();
  expect(Number(await items())).toBe(before - 1);
});
