import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { waitFor } from '../support/suite/wait-for.js';

describe('an order walks from the API to a proven certificate', () => {
  let edge: TestEdge;
  let app: TestApp;
  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({ edge });
  });
  afterAll(async () => {
    await app?.close();
    await edge?.stop();
  });

  it('a site of the administrator below the panel name is ordered, validated over HTTP, installed and secure', async () => {
    const made = await app.asAdmin(
      `mutation ($key: String!, $domain: String!) {
         addDomain(input: { name: "localhost" }, idempotencyKey: $domain) { __typename }
         createSite(input: { names: ["shop.localhost"] }, idempotencyKey: $key) { ... on CreateSiteSuccess { site { id } } ... on Problem { code message } } }`,
      { key: freshKey(), domain: freshKey() },
    );
    const siteId = made.createSite.site.id as string;
    const placed = await app.asAdmin(
      `mutation ($siteId: ID!, $key: String!) { placeOrder(input: { siteId: $siteId }, idempotencyKey: $key) {
         ... on PlaceOrderSuccess { order { id state price { amount currency } } } ... on Problem { code message } } }`,
      { siteId, key: freshKey() },
    );
    expect(placed.placeOrder.order).toMatchObject({ state: 'PLACED', price: { amount: '8.00', currency: 'USD' } });
    const security = await waitFor('the site to be secure', async () => {
      const { site } = await app.asAdmin(`query ($id: ID!) { site(id: $id) { security { state findings { name address reason } } } }`, {
        id: siteId,
      });
      return site.security.state === 'SECURE' && site.security;
    });
    expect(security.findings).toEqual([{ name: 'shop.localhost', address: '127.0.0.1', reason: 'PROVEN' }]);
    const { order } = await app.asAdmin(`query ($id: ID!) { order(id: $id) { state timeline { step phase } } }`, {
      id: placed.placeOrder.order.id,
    });
    expect(order.state).toBe('ISSUED');
    const done = order.timeline.filter((event: { phase: string }) => event.phase === 'DONE').map((event: { step: string }) => event.step);
    expect(done).toEqual(['place', 'startAtCa', 'present', 'check', 'respond', 'makeKey', 'finalize', 'download', 'cleanUp']);
  });
});
