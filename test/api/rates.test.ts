/** How often one caller, and one address, may ask. */
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/values/instant.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { plantMember } from './tenants.js';

describe('rates', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startTestApp({ env: { HOSTSEAL_RATE_LIMIT: '5' }, behindEdge: true })));
  afterAll(() => app?.close());
  /** As the edge passes it on, from an address. */
  const ask = (token: string | undefined, address = '192.0.2.1') => {
    const post = request(app.nest.getHttpServer()).post('/graphql').set('x-forwarded-for', address);
    return (token === undefined ? post : post.set('authorization', `Bearer ${token}`)).send({ query: '{ me { id } }' });
  };
  const isLimited = (answer: request.Response, limit: number) => {
    expect(answer.status).toBe(429);
    const wait = Number(answer.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(answer.body.errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED', whoActs: 'CALLER' });
    expect(answer.body.errors[0].message).toContain(String(limit));
    const until = new Date(answer.body.errors[0].extensions.retryAfter as string).getTime() - app.clock.now();
    expect(until).toBeLessThanOrEqual(minutes(1));
  };

  it('an account that asks too often is told when to come again, whichever of its tokens it uses; one below it is not kept out', async () => {
    const [first, second] = [await app.tokenFor(app.admin.accountId), await app.tokenFor(app.admin.accountId)];
    const below = await plantMember(app, first, 'CUSTOMER', 'Alice');
    for (let i = 0; i < 4; i++) expect((await ask(i % 2 ? first : second)).status).toBe(200);
    isLimited(await ask(first), 5);
    isLimited(await ask(second), 5);
    expect((await ask(below.token)).status).toBe(200);
  });

  it('strangers are kept out by address, also before anybody looks at their tokens', async () => {
    const statuses = [];
    for (let i = 0; i < 51; i++) statuses.push((await ask(i % 2 ? undefined : `hst_${'x'.repeat(43)}`, '192.0.2.2')).status);
    expect(statuses.lastIndexOf(401)).toBe(49);
    isLimited(await ask(undefined, '192.0.2.2'), 50);
    expect((await ask(undefined, '192.0.2.3')).status).toBe(401);
  });

  it('the addresses of an IPv6 network are one stranger', async () => {
    for (let i = 0; i < 50; i++) await ask(undefined, `2001:db8::${i + 1}`);
    isLimited(await ask(undefined, '2001:db8::ffff:1:2:3'), 50);
    expect((await ask(undefined, '2001:db8:0:1::1')).status).toBe(401);
  });

  it('strangers are kept out of every route but liveness, by which others decide whether this process lives', async () => {
    const get = (path: string) => request(app.nest.getHttpServer()).get(path).set('x-forwarded-for', '192.0.2.4');
    for (let i = 0; i < 50; i++) expect((await get('/health/ready')).status).toBe(200);
    for (const path of ['/health/ready', '/graphql', '/graphql/parts/x.js', '/crl/local-ca.crl', '/trust/mozilla.pem', '/', '/nope'])
      isLimited(await get(path), 50);
    expect((await get('/health/live')).status).toBe(200);
  });
});
