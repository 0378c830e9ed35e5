import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORDER_STATES, type OrderState } from '../../src/features/orders/order.js';
import { KEY_ALGORITHMS } from '../../src/cores/pki/key-algorithm.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { waitFor } from '../support/wait-for.js';
import { codesOf, idOf, mutate, type Arguments, type Outcome } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';

const ORDER = `query ($id: ID!) { order(id: $id) { state waitingFor names keyAlgorithm issuerId price { amount currency } finishedAt nextStepAt
  problem { code sub { code } } timeline { step phase because } certificate { names keyAlgorithm order { id } } site { id latestOrder { id } } } }`;
const read = async (app: TestApp, id: string) => (await app.asAdmin(ORDER, { id })).order;

async function newSite(app: TestApp, ...names: string[]): Promise<string> {
  return idOf(await mutate(app, app.adminToken, 'createSite', { input: { names } }));
}
const place = (app: TestApp, siteId: string, more: Arguments = {}, key = freshKey()): Promise<Outcome> =>
  mutate(app, app.adminToken, 'placeOrder', { input: { siteId, ...more } }, key);

/** Nothing was issued in these, and nothing is being signed. */
const CANCELLABLE: readonly OrderState[] = ['PLACED', 'AWAITING_APPROVAL', 'VALIDATING', 'VETTING'];

describe('orders that nobody works on', () => {
  let app: TestApp;
  let edge: TestEdge;
  let tables: Tables;
  let siteId: string;
  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({ edge, work: false });
    tables = await openTables(app);
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'localhost' } });
    siteId = await newSite(app, 'shop.localhost', 'www.shop.localhost', 'cdn.localhost');
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
    await edge?.stop();
  });

  it('a placed order is there at once, with its price, and waits for us', async () => {
    const { id } = await place(app, siteId);
    expect(await read(app, id!)).toMatchObject({
      ...{ state: 'PLACED', waitingFor: 'HOSTSEAL', keyAlgorithm: 'ECDSA_P256', issuerId: 'local-ca', problem: null, finishedAt: null },
      price: { amount: '8.00', currency: 'USD' },
      names: ['shop.localhost', 'www.shop.localhost', 'cdn.localhost'],
      timeline: [{ step: 'place', phase: 'DONE', because: 'ordered' }],
      ...{ certificate: null, site: { id: siteId, latestOrder: { id } } },
    });
  });

  it('the price is the one of the moment: an order keeps it when the list changes', async () => {
    const { id } = await place(app, siteId);
    await tables.query(`UPDATE products SET minor = 999999999999 WHERE code = 'dv'`);
    expect((await read(app, id!)).price.amount).toBe('8.00');
    expect((await read(app, (await place(app, siteId)).id!)).price.amount).toBe('9999999999.99');
    await tables.query(`UPDATE products SET minor = 800 WHERE code = 'dv'`);
  });

  it.each(['ov', 'ev'])('%s is sold by quote', async (product) => {
    expect(await place(app, siteId, { product })).toMatchObject({ type: 'Conflict', code: 'QUOTE_REQUIRED', subject: 'product' });
  });

  it.each([
    ['some of its names', ['cdn.localhost'], ['cdn.localhost']],
    ['a wildcard that stands for one of them', ['*.shop.localhost'], ['*.shop.localhost']],
    ['a name in upper case', ['SHOP.localhost.'], ['shop.localhost']],
    ['null, which are all of them', null, ['shop.localhost', 'www.shop.localhost', 'cdn.localhost']],
  ])('for %s', async (_, names, kept) => {
    expect((await read(app, (await place(app, siteId, { names })).id!)).names).toEqual(kept);
  });

  it('names that the site does not have are refused, each by name', async () => {
    const refused = await place(app, siteId, { names: ['shop.localhost', 'a.localhost', '*.b.localhost'] });
    expect(refused).toMatchObject({ type: 'InvalidInput' });
    expect(codesOf(refused)).toEqual(['NAME_NOT_COVERED', 'NAME_NOT_COVERED']);
    expect(refused.sub?.map(({ message }) => message).join()).toMatch(/a\.localhost.*\*\.b\.localhost/);
  });

  it.each(ORDER_STATES)('an order that is %s is cancelled, or says why not', async (state) => {
    const { id } = await place(app, siteId);
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
    const { id } = await place(app, siteId);
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

  it.each([
    ['a name that the CA may not sign', 'outside.com', undefined, 'NAME_OUTSIDE_CA_CONSTRAINTS'],
    ['a wildcard, which a file cannot prove', 'wild.localhost', ['*.localhost'], 'ISSUER_REFUSED'],
  ])('%s: the order ends with the reason, and no certificate', async (_, name, names, code) => {
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'outside.com' } });
    const { id } = await place(app, await newSite(app, name), names && { names });
    const order = await settled(id!, 'FAILED', 'REJECTED');
    expect(JSON.stringify(order.problem)).toContain(code);
    expect(order).toMatchObject({ certificate: null, waitingFor: 'NOBODY' });
    expect(order.timeline.at(-1)).toMatchObject({ step: expect.any(String) });
  });

  it('an issuer that the platform no longer has: the order ends with its name', async () => {
    const tables = await openTables(app);
    await tables.query(`UPDATE products SET issuer_id = 'gone-ca' WHERE code = 'internal'`);
    const { id } = await place(app, await newSite(app, 'gone.localhost'), { product: 'internal' });
    await tables.query(`UPDATE products SET issuer_id = 'local-ca' WHERE code = 'internal'`);
    await tables.close();
    expect((await settled(id!, 'FAILED', 'REJECTED')).problem.code).toBe('ISSUER_UNKNOWN');
  });
});
