import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issuer } from '../../src/adapters/issuers/issuer.js';
import { MOST_OPEN_ORDERS, ORDER_STATES, SETTLED, type OrderState } from '../../src/features/orders/order.js';
import { KEY_ALGORITHMS } from '../../src/cores/pki/encoding/key-algorithm.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { waitFor } from '../support/suite/wait-for.js';
import { codesOf, idOf, mutate, type Arguments, type Outcome } from './every-mutation.js';
import { copyOrder, openTables, type Tables } from './tables.js';
import { plantMember } from './tenants.js';

const ORDER = `query ($id: ID!) { order(id: $id) { state waitingFor names keyAlgorithm issuerId price { amount currency } product { code title level } finishedAt nextStepAt
  problem { code sub { code } } timeline { step phase because } certificate { names keyAlgorithm order { id } } site { id latestOrder { id } } } }`;
const read = async (app: TestApp, id: string) => (await app.asAdmin(ORDER, { id })).order;

async function newSite(app: TestApp, ...names: string[]): Promise<string> {
  return idOf(await mutate(app, app.adminToken, 'createSite', { input: { names } }));
}
const place = (app: TestApp, siteId: string, more: Arguments = {}, key = freshKey()): Promise<Outcome> =>
  mutate(app, app.adminToken, 'placeOrder', { input: { siteId, ...more } }, key);

const withManifest = (real: Issuer, other: Partial<Issuer['manifest']>): Issuer =>
  new Proxy(real, { get: (ca, name) => (name === 'manifest' ? { ...ca.manifest, ...other } : Reflect.get(ca, name)) as unknown });

/** Nothing was issued in these, and nothing is being signed. */
const CANCELLABLE: readonly OrderState[] = ['PLACED', 'AWAITING_APPROVAL', 'VALIDATING', 'VETTING'];

describe('orders that nobody works on', () => {
  let app: TestApp;
  let edge: TestEdge;
  let tables: Tables;
  let siteId: string;
  let sites = 0;
  beforeAll(async () => {
    edge = await startTestEdge();
    // Beside the local CA one that checks by other ways than a file, to which wildcards can be shown.
    const issuers = (usual: readonly Issuer[]) => [...usual, withManifest(usual[0]!, { id: 'dns-ca', title: 'DNS CA', wildcards: true })];
    app = await startTestApp({ edge, work: false, issuers });
    tables = await openTables(app);
    await tables.query(`UPDATE products SET issuer_id = 'dns-ca' WHERE code = 'internal'`);
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'localhost' } });
    siteId = await newSite(app, 'shop.localhost', 'www.shop.localhost', 'cdn.localhost');
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
    await edge?.stop();
  });
  const freshSite = () => newSite(app, `s${++sites}.localhost`);
  const settle = (id: string | undefined) => tables.query(`UPDATE orders SET state = 'CANCELLED' WHERE id = $1`, [id]);

  it('a placed order is there at once, with its product and price, and waits for us', async () => {
    const { id } = await place(app, siteId);
    expect(await read(app, id!)).toMatchObject({
      ...{ state: 'PLACED', waitingFor: 'HOSTSEAL', keyAlgorithm: 'ECDSA_P256', issuerId: 'local-ca', problem: null, finishedAt: null },
      ...{ product: { code: 'dv', title: 'Domain validated', level: 'DV' }, price: { amount: '8.00', currency: 'USD' } },
      names: ['shop.localhost', 'www.shop.localhost', 'cdn.localhost'],
      timeline: [{ step: 'place', phase: 'DONE', because: 'ordered' }],
      ...{ certificate: null, site: { id: siteId, latestOrder: { id } } },
    });
    await settle(id);
  });

  it('the price is the one of the moment: an order keeps it when the list changes', async () => {
    const { id } = await place(app, await freshSite());
    await tables.query(`UPDATE products SET minor = 999999999999 WHERE code = 'dv'`);
    expect((await read(app, id!)).price.amount).toBe('8.00');
    expect((await read(app, (await place(app, await freshSite())).id!)).price.amount).toBe('9999999999.99');
    await tables.query(`UPDATE products SET minor = 800 WHERE code = 'dv'`);
  });

  it.each(['ov', 'ev'])('%s is sold by quote', async (product) => {
    expect(await place(app, siteId, { product })).toMatchObject({ type: 'Conflict', code: 'QUOTE_REQUIRED', subject: 'product' });
  });

  it.each([
    ['some of its names', ['cdn.localhost'], ['cdn.localhost']],
    ['a wildcard that stands for one of them', ['*.shop.localhost'], ['*.shop.localhost']],
    ['a name in upper case', ['SHOP.localhost.'], ['shop.localhost']],
    [
      'a name twice, which is meant once',
      ['www.shop.localhost', 'cdn.localhost', 'WWW.shop.localhost'],
      ['www.shop.localhost', 'cdn.localhost'],
    ],
    ['null, which are all of them', null, ['shop.localhost', 'www.shop.localhost', 'cdn.localhost']],
  ])('for %s', async (_, names, kept) => {
    const { id } = await place(app, siteId, { names, product: 'internal' });
    expect((await read(app, id!)).names).toEqual(kept);
    await settle(id);
  });

  it('names that the site does not have are refused, each by name', async () => {
    const refused = await place(app, siteId, { names: ['shop.localhost', 'a.localhost', '*.b.localhost'] });
    expect(refused).toMatchObject({ type: 'InvalidInput' });
    expect(codesOf(refused)).toEqual(['NAME_NOT_COVERED', 'NAME_NOT_COVERED']);
    expect(refused.sub?.map(({ message }) => message).join()).toMatch(/a\.localhost.*\*\.b\.localhost/);
  });

  it('a wildcard needs a domain of the account that covers all it stands for, and an issuer that can check it', async () => {
    const { accountId, token } = await plantMember(app, app.adminToken, 'CUSTOMER', 'Wild');
    for (const name of ['in.wild.localhost', 'wild.co.uk']) await mutate(app, app.adminToken, 'addDomain', { input: { name, accountId } });
    const wild = idOf(
      await mutate(app, token, 'createSite', { input: { names: ['in.wild.localhost', 'a.in.wild.localhost', 'wild.co.uk'] } }),
    );
    const order = (product: string, ...names: string[]) => mutate(app, token, 'placeOrder', { input: { siteId: wild, product, names } });
    expect(codesOf(await order('internal', '*.wild.localhost'))).toEqual(['NAME_NOT_COVERED']); // the administrator's
    expect(codesOf(await order('internal', '*.co.uk'))).toEqual(['NAME_IS_A_PUBLIC_SUFFIX']);
    const byFile = await order('dv', 'in.wild.localhost', '*.in.wild.localhost');
    expect(codesOf(byFile)).toEqual(['WILDCARD_NOT_OFFERED']);
    expect(byFile.sub?.[0]?.message).toMatch(/Hostseal Local CA does not sign \*\.in\.wild\.localhost: a file on a web server/);
    expect(await order('internal', 'in.wild.localhost', '*.in.wild.localhost')).toMatchObject({ replayed: false });
  });

  it('a site with a wildcard is ordered for as it is, where its issuer can check that', async () => {
    const wild = await newSite(app, 'broad.localhost', '*.broad.localhost');
    expect(codesOf(await place(app, wild))).toEqual(['WILDCARD_NOT_OFFERED']);
    const { id } = await place(app, wild, { product: 'internal' });
    expect((await read(app, id!)).names).toEqual(['broad.localhost', '*.broad.localhost']);
  });

  describe('of the orders of a site for the same names', () => {
    it.each(ORDER_STATES)('one that is %s keeps others away while it is open, and is named to them', async (state) => {
      const site = await newSite(app, `a${++sites}.localhost`, `b${sites}.localhost`);
      const { id } = await place(app, site);
      await tables.query('UPDATE orders SET state = $2 WHERE id = $1', [id, state]);
      const again = await place(app, site, { names: [`b${sites}.localhost`, `a${sites}.localhost`], keyAlgorithm: 'RSA_2048' });
      if (SETTLED.includes(state)) expect(again).toMatchObject({ replayed: false });
      else {
        expect(again).toMatchObject({ type: 'Conflict', code: 'ORDER_UNDER_WAY', subject: id });
        expect(again.message).toContain(id);
      }
      expect(await place(app, site, { names: [`a${sites}.localhost`] })).toMatchObject({ replayed: false });
    });

    it('ten that are placed at once become one', async () => {
      const site = await freshSite();
      const answers = await Promise.all(Array.from({ length: 10 }, () => place(app, site)));
      const [placed] = answers.filter(({ replayed }) => replayed === false);
      expect(answers.filter(({ code, subject }) => code === 'ORDER_UNDER_WAY' && subject === placed?.id)).toHaveLength(9);
    });
  });

  it('an account has so many orders under way, also where they come at once, and room again when one is done', async () => {
    const { accountId, token } = await plantMember(app, app.adminToken, 'CUSTOMER', 'Bulk');
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'bulk.localhost', accountId } });
    const bulk = await Promise.all(
      Array.from({ length: 6 }, async (_, i) =>
        idOf(await mutate(app, token, 'createSite', { input: { names: [`n${i}.bulk.localhost`] } })),
      ),
    );
    const order = (site: string) => mutate(app, token, 'placeOrder', { input: { siteId: site } });
    const first = await order(bulk[0]!);
    await copyOrder(tables, first.id!, MOST_OPEN_ORDERS - 3);
    const answers = await Promise.all(bulk.slice(1).map(order));
    expect(answers.filter(({ replayed }) => replayed === false)).toHaveLength(2);
    expect(answers.filter(({ type, code }) => type === 'Conflict' && code === 'ORDER_LIMIT_REACHED')).toHaveLength(3);
    await settle(first.id);
    expect(await order(bulk[0]!)).toMatchObject({ replayed: false });
    await tables.query('DELETE FROM orders WHERE account_id = $1', [accountId]);
  });

  it('are listed by state, site and name', async () => {
    const [one, other] = [await freshSite(), await freshSite()];
    const names = [`s${sites - 1}.localhost`, `s${sites}.localhost`];
    const placed = [await place(app, one), await place(app, other)].map(idOf);
    await settle(placed[1]);
    const list = async (filter: Arguments | null) => {
      const { orders } = await app.asAdmin(`query ($filter: OrderFilter) { orders(first: 100, filter: $filter) { nodes { id } } }`, {
        filter,
      });
      return (orders.nodes as { id: string }[]).map(({ id }) => id);
    };
    const all = await list(null);
    expect(all.slice(-2)).toEqual(placed);
    expect(await list({ siteId: one })).toEqual([placed[0]]);
    expect(await list({ name: names[1]!.toUpperCase() })).toEqual([placed[1]]);
    expect(await list({ name: 'localhost' })).toEqual([]);
    expect(await list({ siteId: other, states: ['PLACED'] })).toEqual([]);
    expect(await list({ siteId: other, states: ['PLACED', 'CANCELLED'] })).toEqual([placed[1]]);
    expect((await list({ states: ['CANCELLED'] })).length).toBeLessThan(all.length);
    const refused = await app.call(app.adminToken, `{ orders(first: 1, filter: { siteId: "x", name: "1.2.3.4" }) { nodes { id } } }`);
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', subject: 'filter' });
  });

  it.each(ORDER_STATES)('an order that is %s is cancelled, or says why not', async (state) => {
    const { id } = await place(app, await freshSite());
    await tables.query('UPDATE orders SET state = $2 WHERE id = $1', [id, state]);
    const cancelled = await mutate(app, app.adminToken, 'cancelOrder', { id });
    if (CANCELLABLE.includes(state)) {
      expect(cancelled).toMatchObject({ id, replayed: false });
      const order = await read(app, id!);
      expect(order).toMatchObject({ state: 'CANCELLED', waitingFor: 'NOBODY', finishedAt: expect.any(String), nextStepAt: null });
      expect(order.timeline.at(-1)).toEqual({ step: 'cancel', phase: 'DONE', because: 'cancelled by the account' });
    } else if (state === 'CANCELLED') expect(cancelled).toMatchObject({ id, replayed: false });
    else {
      expect(cancelled).toMatchObject({ type: 'Conflict', code: 'WRONG_STATE', subject: id });
      expect(cancelled.message).toContain(state);
      expect((await read(app, id!)).state).toBe(state);
    }
  });

  it.each([
    ['AWAITING_APPROVAL', 'RESELLER'],
    ['VETTING', 'CA'],
    ['VALIDATING', 'HOSTSEAL'],
    ['ISSUED', 'NOBODY'],
    ['FAILED', 'NOBODY'],
  ])('an order that is %s waits for %s', async (state, who) => {
    const { id } = await place(app, await freshSite());
    await tables.query('UPDATE orders SET state = $2 WHERE id = $1', [id, state]);
    expect((await read(app, id!)).waitingFor).toBe(who);
  });
});

describe('orders that are worked on', () => {
  let app: TestApp;
  let edge: TestEdge;
  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({ edge });
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'localhost' } });
  });
  afterAll(async () => {
    await app?.close();
    await edge?.stop();
  });
  const settled = (id: string, ...states: string[]) =>
    waitFor(`${id} to be ${states.join(' or ')}`, async () => {
      const order = await read(app, id);
      return states.includes(order.state as string) && order;
    });

  it.each(KEY_ALGORITHMS)('a certificate with a key of %s is issued', async (keyAlgorithm) => {
    const siteId = await newSite(app, `${keyAlgorithm.toLowerCase().replace('_', '-')}.localhost`);
    const { id } = await place(app, siteId, { keyAlgorithm });
    expect((await settled(id!, 'ISSUED')).certificate).toMatchObject({ keyAlgorithm, order: { id } });
  });

  it('a certificate for as many names as the CA looks at in several rounds is issued', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `n${i}.many.localhost`);
    const { id } = await place(app, await newSite(app, ...names));
    expect((await settled(id!, 'ISSUED')).certificate.names.toSorted()).toEqual(names.toSorted());
  });

  it('a name that the CA may not sign: the order ends with the reason, and no certificate', async () => {
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'outside.com' } });
    const { id } = await place(app, await newSite(app, 'outside.com'));
    const order = await settled(id!, 'FAILED', 'REJECTED');
    expect(JSON.stringify(order.problem)).toContain('NAME_OUTSIDE_CA_CONSTRAINTS');
    expect(order).toMatchObject({ certificate: null, waitingFor: 'NOBODY' });
    expect(order.timeline.at(-1)).toMatchObject({ step: expect.any(String) });
  });
});
