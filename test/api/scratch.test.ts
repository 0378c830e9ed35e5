import { afterAll, beforeAll, it } from 'vitest';
import request from 'supertest';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
let app: TestApp;
beforeAll(async () => { app = await startTestApp(); });
afterAll(() => app?.close());
const P = '... on Problem { __typename code message subject sub { code subject message } }';
const show = (n: string, a: any) => console.log(n, JSON.stringify(a).slice(0, 700));
it('x', async () => {
  const t = app.adminToken;
  show('bad var', await app.call(t, `mutation($i: CreateSiteInput!, $k: String!) { createSite(input: $i, idempotencyKey: $k) { __typename ${P} } }`, { i: { names: 5 }, k: freshKey() }));
  show('missing', await app.call(t, `mutation($i: CreateSiteInput!, $k: String!) { createSite(input: $i, idempotencyKey: $k) { __typename ${P} } }`, {}));
  show('literal', await app.call(t, `mutation { createSite(input: {names: {a: 1}}, idempotencyKey: "aaaaaaaaaa") { __typename } }`));
  for (const e of ['"garbage"', '5', 'true', '"2027"', '"2027-01-01"', 'null', '[]', '"2026-02-30T00:00:00Z"'])
    show('date lit ' + e, await app.call(t, `mutation { createApiToken(input: {name: "x", scopes: [READ], expiresAt: ${e}}, idempotencyKey: "aaaaaaaaaa") { __typename ${P} } }`));
  for (const e of ['garbage', 5, true, '2027', [], {}, 1e300])
    show('date var ' + JSON.stringify(e), await app.call(t, `mutation($i: CreateApiTokenInput!, $k: String!) { createApiToken(input: $i, idempotencyKey: $k) { __typename ${P} } }`, { i: {name: 'x', scopes: ['READ'], expiresAt: e}, k: freshKey() }));
  show('nul name', await app.call(t, `mutation($i: CreateAccountInput!, $k: String!) { createAccount(input: $i, idempotencyKey: $k) { __typename ${P} } }`, { i: { kind: 'CUSTOMER', name: 'a\0b' }, k: freshKey() }));
  show('surrogate name', await app.call(t, `mutation($i: CreateAccountInput!, $k: String!) { createAccount(input: $i, idempotencyKey: $k) { __typename ${P} } }`, { i: { kind: 'CUSTOMER', name: 'a\ud800b' }, k: freshKey() }));
  const d = await app.call(t, `mutation { addDomain(input: {name: "shop.example.com"}, idempotencyKey: "aaaaaaaadom") { __typename ${P} } createSite(input: {names: ["shop.example.com"]}, idempotencyKey: "aaaaaaaasit") { __typename ... on CreateSiteSuccess { site { id } } ${P} } }`);
  show('dom', d);
  for (const id of ['sit_\0', 'sit_' + '\ud800', 'x'.repeat(100000), 'srv_01kh2aaaaaaaaaaaaaaaaaaaaa'])
    show('place', await app.call(t, `mutation($i: PlaceOrderInput!, $k: String!) { placeOrder(input: $i, idempotencyKey: $k) { __typename ${P} } }`, { i: { siteId: id }, k: freshKey() }));
  show('product nul', await app.call(t, `mutation($i: PlaceOrderInput!, $k: String!) { placeOrder(input: $i, idempotencyKey: $k) { __typename ${P} } }`, { i: { siteId: d.data.createSite.site?.id ?? 'x', product: 'dv\0' }, k: freshKey() }));
  show('fieldsfrag', await app.call(t, `query { ...F } fragment F on Query { me { id } a: me { id } }`));
  show('syntax', await app.call(t, `query { `));
  show('noop', await app.call(t, `fragment F on Query { me { id } }`));
  show('two ops', await app.call(t, `query A { me { id } } query A { me { id } }`));
  show('two ops no name', await app.call(t, `query A { me { id } } query B { me { id } }`));
  show('subs', await app.call(t, `subscription { x }`));
  const start = Date.now();
  const bomb = (n: number) => `query { ...F0 } ` + Array.from({ length: n }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ') + ` fragment F${n} on Query { me { id } }`;
  show('bomb', await app.call(t, bomb(18)));
  console.log('bomb 18', Date.now() - start);
  const s2 = Date.now(); await app.call(t, bomb(20)); console.log('bomb 20', Date.now() - s2);
  const raw = (b: string, type = 'application/json') => request(app.nest.getHttpServer()).post('/graphql').set('authorization', `Bearer ${t}`).set('content-type', type).send(b);
  for (const [b, ty] of [['[{"query":"{me{id}}"}]'], ['{"query":"{me{id}}","variables":{"__proto__":{"a":1}}}'], ['{"query":"{me{id}}","variables":{"constructor":{"prototype":{"a":1}}}}'], ['{'], ['x', 'text/plain'], ['query=1', 'application/x-www-form-urlencoded'], ['--x', 'multipart/form-data; boundary=x'], ['', 'application/json'], ['"a"'], ['null'],['{me{id}}', 'application/graphql']] as [string, string?][]) { const r = await raw(b, ty); show(b, [r.status, r.body]); }
  const big = await raw(JSON.stringify({ query: 'x'.repeat(10 << 20) })); show('10m', [big.status, big.body, big.headers]);
  const get = await request(app.nest.getHttpServer()).get('/graphql?query={me{id}}').set('authorization', `Bearer ${t}`); show('get', [get.status, get.headers, get.text.slice(0, 50)]);
  show('404', (await request(app.nest.getHttpServer()).get('/nope')).body);
  show('put', (await request(app.nest.getHttpServer()).put('/graphql')).body);
  console.log(app.log().slice(0, 3000));
});
