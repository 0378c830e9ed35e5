/** A platform before, on, without and again on an ACME directory: a real Pebble, which wants an external account and looks at the edge itself. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PanelSecurity } from '../../src/panel-security.js';
import { minutes } from '../../src/values/instant.js';
import { toPem } from '../../src/values/pem.js';
import { unwrap } from '../../src/values/result.js';
import { startTestApp, TestClock, type TestApp, type TestAppOptions } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { secureConnection } from '../support/tls/handshake.js';
import { BLOCKED_DOMAIN, startPebble, type Pebble } from '../support/acme/pebble.js';
import { createSite, isSecure, orderIs, placeOrder, seeOrder } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { idOf, mutate } from './every-mutation.js';
import { plantMember } from './tenants.js';

const ISSUERS = '{ issuers { id title levels wildcards isDefault } }';
const [KEY_ID, MAC_KEY] = ['kid-1', randomBytes(32).toString('base64url')];

describe('an ACME directory in the configuration', () => {
  const clock = new TestClock();
  let edge: TestEdge;
  let pebble: Pebble;
  let app: TestApp;
  beforeAll(async () => {
    edge = await startTestEdge();
    const { httpPort } = edge.listeners[0]!;
    pebble = await startPebble({ httpPort, externalAccounts: { [KEY_ID]: MAC_KEY } });
  });
  afterAll(async () => {
    await app?.close();
    await pebble?.stop();
    await edge?.stop();
  });

  /** The next process on the same database; `directory`: does its configuration name Pebble? */
  type Restart = { directory: boolean; hostname?: string; roots?: string };
  /** `roots`: PEM, of what its chains end at; Pebble's own where absent. */
  async function restart({ directory, hostname = 'panel.test', roots = pebbleRoots() }: Restart): Promise<void> {
    const { database, vaultKeyLine } = app ?? {};
    await app?.close({ keepDatabase: true });
    const acme: Pick<TestAppOptions, 'env' | 'acmeFiles'> = {
      env: {
        HOSTSEAL_ACME_DIRECTORIES: `pebble=${pebble.directoryUrl}`,
        HOSTSEAL_ACME_TIMEOUT_SECONDS: '2',
        HOSTSEAL_ALLOW_ADDRESSES: `127.0.0.1:${pebble.port}`,
      },
      acmeFiles: {
        'pebble.roots.pem': pebble.httpsRoot + roots,
        'pebble.eab': `${KEY_ID}\n${MAC_KEY}\n`,
      },
    };
    const env = { HOSTSEAL_HOSTNAME: hostname, HOSTSEAL_DNS_SERVERS: pebble.dns.server, ...(directory && acme.env) };
    app = await startTestApp({ edge, clock, database, vaultKeyLine, env, ...(directory && { acmeFiles: acme.acmeFiles }) });
  }
  const pebbleRoots = () => pebble.roots.map((root) => toPem('CERTIFICATE', root)).join('');
  const newSite = async (name: string) => {
    await mutate(app, app.adminToken, 'addDomain', { input: { name } });
    return createSite(app.asAdmin, name);
  };
  const setIssuer = (product: string, issuerId: string | null) =>
    mutate(app, app.adminToken, 'setProductIssuer', { input: { product, issuerId } });
  const dv = async () => {
    const { products } = await app.asAdmin('{ products { code issuerId issuerPinned } }');
    return products.find(({ code }: { code: string }) => code === 'dv');
  };

  /** Orders for the panel's own name, oldest first. */
  type PanelOrder = { readonly state: string; readonly issuerId: string; readonly product: { readonly code: string } };
  const panelOrders = async (): Promise<PanelOrder[]> => {
    const site = unwrap(await app.nest.get(PanelSecurity).ensure());
    return waitFor('the orders of the panel to be settled', async () => {
      const query = 'query ($id: ID!) { site(id: $id) { orders(first: 20) { nodes { state issuerId product { code } finishedAt } } } }';
      const { nodes } = (await app.asAdmin(query, { id: site.id })).site.orders;
      return nodes.every(({ finishedAt }: { finishedAt: string | null }) => finishedAt) && nodes;
    });
  };
  const shown = (orders: readonly PanelOrder[]) => orders.map(({ product, issuerId, state }) => `${product.code} ${issuerId} ${state}`);

  describe('before there is one', () => {
    beforeAll(() => restart({ directory: false }));

    it('the built-in CA is the only issuer and the default, and secures the panel', async () => {
      expect(await app.asAdmin(ISSUERS)).toEqual({
        issuers: [{ id: 'local-ca', title: 'Hostseal Local CA', levels: ['DV'], wildcards: false, isDefault: true }],
      });
      expect(await dv()).toEqual({ code: 'dv', issuerId: 'local-ca', issuerPinned: false });
      expect(shown(await panelOrders())).toEqual(['internal local-ca ISSUED']);
    });
  });

  describe('when it is there', () => {
    beforeAll(() => restart({ directory: true }));

    it('it is the default issuer: it signs dv, and the site is proven against its root, by a stranger too', async () => {
      expect((await app.asAdmin(ISSUERS)).issuers).toEqual([
        { id: 'acme-pebble', title: 'pebble', levels: ['DV'], wildcards: false, isDefault: true },
        expect.objectContaining({ id: 'local-ca', isDefault: false }),
      ]);
      expect(await dv()).toEqual({ code: 'dv', issuerId: 'acme-pebble', issuerPinned: false });
      const siteId = await newSite('shop.test');
      await orderIs(app.asAdmin, await placeOrder(app.asAdmin, siteId), 'ISSUED');
      expect([pebble.orders().length, pebble.certificates().length, pebble.accounts()]).toEqual([1, 1, 1]);
      await isSecure(app.asAdmin, siteId);
      const { address, httpsPort: port } = edge.listeners[0]!;
      const ca = pebble.roots.map((root) => toPem('CERTIFICATE', root));
      const socket = await secureConnection({ address, port }, 'shop.test', { ca, rejectUnauthorized: true });
      expect(socket.authorized).toBe(true);
      socket.destroy();
    });

    it('an administrator pins dv to another issuer, for orders from then on, and takes the pin out', async () => {
      const order = async (name: string) => {
        const id = await placeOrder(app.asAdmin, await newSite(name));
        return (await app.asAdmin('query ($id: ID!) { order(id: $id) { issuerId } }', { id })).order.issuerId;
      };
      expect((await setIssuer('dv', 'local-ca')).type).toBe('SetProductIssuerSuccess');
      expect(await dv()).toEqual({ code: 'dv', issuerId: 'local-ca', issuerPinned: true });
      expect(await order('pinned.test')).toBe('local-ca');
      await setIssuer('dv', null);
      expect(await dv()).toEqual({ code: 'dv', issuerId: 'acme-pebble', issuerPinned: false });
      expect(await order('unpinned.test')).toBe('acme-pebble');
    });

    it('nobody else does: a reseller is refused, and reads who signs', async () => {
      const { token } = await plantMember(app, app.adminToken, 'RESELLER', 'Ann');
      const refused = await mutate(app, token, 'setProductIssuer', { input: { product: 'dv', issuerId: 'local-ca' } });
      expect(refused).toMatchObject({ type: 'NotAllowed', code: 'NOT_ALLOWED' });
      expect((await app.call(token, ISSUERS)).data.issuers).toHaveLength(2);
    });

    it('the panel changes over to it, once', async () => {
      const both = ['internal local-ca ISSUED', 'dv acme-pebble ISSUED'];
      expect(shown(await panelOrders())).toEqual(both);
      clock.advance(minutes(11));
      expect(shown(await panelOrders())).toEqual(both);
    });
  });

  it.each([
    { name: 'it is configured no more', directory: false },
    { name: 'its file names other roots', directory: true },
  ])('what it signed is proven still where $name', async ({ directory }) => {
    await restart({ directory, roots: '' });
    const { site } = await app.asAdmin('{ site: siteByName(name: "shop.test") { id } }');
    clock.advance(minutes(1));
    const at = clock.now();
    idOf(await mutate(app, app.adminToken, 'startCheck', { siteId: site.id }));
    const query = 'query ($id: ID!) { site(id: $id) { security { state } bindings { observation { at proven } } } }';
    const looked = await waitFor('another look at the site', async () => {
      const { security, bindings } = (await app.asAdmin(query, { id: site.id })).site;
      return (
        bindings.every(({ observation }: { observation: { at: string } }) => Date.parse(observation.at) >= at) && { security, bindings }
      );
    });
    expect(looked.security.state).toBe('SECURE');
    for (const { observation } of looked.bindings) expect(observation.proven).toBe(true);
  });

  describe('when it is there no more', () => {
    let waiting: string;
    beforeAll(async () => {
      const siteId = await newSite('waiting.test');
      await setIssuer('dv', 'acme-pebble');
      pebble.pause();
      waiting = await placeOrder(app.asAdmin, siteId);
      await restart({ directory: false });
      pebble.resume();
    });

    it('an order for a product that is pinned to it is refused, and nothing is placed', async () => {
      const siteId = await newSite('later.test');
      const refused = await mutate(app, app.adminToken, 'placeOrder', { input: { siteId } });
      expect(refused).toMatchObject({ type: 'Conflict', code: 'ISSUER_UNKNOWN', subject: 'product' });
      expect(refused.message).toContain('acme-pebble');
      expect((await app.asAdmin('query ($id: ID!) { site(id: $id) { latestOrder { id } } }', { id: siteId })).site.latestOrder).toBeNull();
      expect(await dv()).toEqual({ code: 'dv', issuerId: 'acme-pebble', issuerPinned: true });
    });

    it('one that is under way says so and waits, and goes on when it is back', async () => {
      const missed = await waitFor('the order to miss its issuer', async () => {
        const order = await seeOrder(app.asAdmin, waiting);
        return order.problem?.code === 'ISSUER_UNKNOWN' && order;
      });
      expect(missed).toMatchObject({ state: 'PLACED', waitingFor: 'HOSTSEAL' });
      await restart({ directory: true, hostname: `panel.${BLOCKED_DOMAIN}` });
      await orderIs(app.asAdmin, waiting, 'ISSUED');
    });
  });

  it('for a panel that nobody can reach the built-in CA comes first; a directory that refuses its name is tried again later', async () => {
    expect(idOf(await setIssuer('dv', null))).toMatch(/^prd_/);
    const [refused, standIn] = ['dv acme-pebble FAILED', 'internal local-ca ISSUED'];
    /** The job that every minute has does the same, at any moment. */
    const come = (...orders: readonly string[]) =>
      waitFor(`the panel to have ordered ${orders.join(', ')}`, async () => shown(await panelOrders()).join() === orders.join());
    await come(standIn, refused);
    const site = unwrap(await app.nest.get(PanelSecurity).ensure());
    await isSecure(app.asAdmin, site.id);
    expect(shown(await panelOrders())).toEqual([standIn, refused]);
    clock.advance(minutes(11));
    await come(standIn, refused, refused);
    expect(shown(await panelOrders())).toEqual([standIn, refused, refused]);
  });

  it('while it is away the panel is served with a certificate of the built-in CA', async () => {
    await restart({ directory: true, hostname: 'away.test' });
    pebble.pause();
    const site = unwrap(await app.nest.get(PanelSecurity).ensure());
    await isSecure(app.asAdmin, site.id);
    unwrap(await app.nest.get(PanelSecurity).ensure());
    const query = 'query ($id: ID!) { site(id: $id) { latestOrder { issuerId state finishedAt } } }';
    const { latestOrder } = (await app.asAdmin(query, { id: site.id })).site;
    expect(latestOrder).toMatchObject({ issuerId: 'acme-pebble', finishedAt: null });
    pebble.resume();
  });
});
