/** What one request may cost; and documents, bodies and headers that were made to hurt. */
import { once } from 'node:events';
import http, { type OutgoingHttpHeaders, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { getIntrospectionQuery } from 'graphql';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/graphql/limits.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { openTables, type Tables } from './tables.js';

describe('limits', () => {
  let app: TestApp;
  let tables: Tables;
  beforeAll(async () => {
    app = await startTestApp();
    tables = await openTables(app);
    await app.nest.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });

  const times = (n: number, part: (i: number) => string) => Array.from({ length: n }, (_, i) => part(i)).join(' ');
  /** Fragments that each spread the next one twice. */
  const doubling = (n: number) =>
    `{ me { ...F0 } } ${times(n, (i) => `fragment F${i} on Account { ...F${i + 1} ...F${i + 1} }`)} fragment F${n} on Account { id }`;
  const deepList = (n: number) => JSON.parse('['.repeat(n) + ']'.repeat(n)) as unknown;
  const post = (body: string, type = 'application/json') =>
    request(app.nest.getHttpServer())
      .post('/graphql')
      .set('authorization', `Bearer ${app.adminToken}`)
      .set('content-type', type)
      .send(body);
  /** As supertest would not send it: `write` may leave the body open. */
  async function send(headers: OutgoingHttpHeaders, write: (call: http.ClientRequest) => unknown) {
    const { port } = app.nest.getHttpServer().address() as { port: number };
    const call = http.request({ port, method: 'POST', path: '/graphql', headers, agent: false });
    const answered = once(call, 'response') as Promise<[http.IncomingMessage]>;
    write(call);
    const [answer] = await answered;
    // Where it was answered before all was sent, the rest finds nobody.
    call.on('error', () => undefined);
    const { errors } = (await json(answer)) as { errors?: { extensions: { code: string } }[] };
    call.destroy();
    return { status: answer.statusCode, code: errors?.[0]?.extensions.code };
  }
  const bearer = () => `Bearer ${app.adminToken}`;
  /** What the audit log says of refusals, newest last. */
  const refusals = async () => {
    const sql = `SELECT code FROM audit_entries WHERE account_id = $1 AND action = 'graphql' AND outcome = 'REFUSED' ORDER BY id`;
    return (await tables.query<{ code: string }>(sql, [app.admin.accountId])).map(({ code }) => code);
  };

  describe('a query that is too costly is refused before it is executed', () => {
    /** Circles of the schema, down and down. */
    const round = (rounds: number, last: string) => `${times(rounds, () => '{ latestOrder { site')} ${last} ${'} }'.repeat(rounds)}`;
    const deep = (rounds: number, last: string) => `{ sites(first: 1) { nodes ${round(rounds, last)} } }`;
    const QUERIES: [string, string, string][] = [
      ['depth', 'depth 17, the limit is 15', deep(7, '{ id }')],
      ['depth through a fragment', 'depth 17', `${deep(4, '{ ...F }')} fragment F on Site ${round(3, '{ id }')}`],
      ['aliases', 'aliases 31, the limit is 30', `{ me { ${times(31, (i) => `a${i}: id`)} } }`],
      ['aliases through a fragment', 'aliases 32', `{ me { ...F ...F } } fragment F on Account { ${times(16, (i) => `a${i}: id`)} }`],
      ['root fields', 'root fields 21, the limit is 20', `{ ${times(21, () => 'me { id }')} }`],
      ['root fields through a fragment', 'root fields 21', `{ ...F } fragment F on Query { ${times(21, () => 'me { id }')} }`],
      [
        'mutations side by side',
        'root fields 21',
        `mutation { ${times(21, (i) => `a${i}: revokeApiToken(id: "x", idempotencyKey: "aaaaaaaa") { __typename }`)} }`,
      ],
      ['cost of pages in pages', 'cost', '{ accounts(first: 100) { nodes { apiTokens(first: 100) { nodes { id } } } } }'],
      ['tokens', 'tokens 4001, the limit is 4000', `{ ${'me { id } '.repeat(LIMITS.tokens / 4)} }`],
      ['brackets in brackets', 'nesting', `{ me ${'{ me '.repeat(200)} { id } ${'}'.repeat(200)} }`],
      ['nodes, unfolded', 'nodes 6144', doubling(11)],
      ['introspections', 'introspections 2, the limit is 1', '{ a: __schema { description } __type(name: "Site") { name } }'],
      [
        'aliases in one',
        'introspections 31',
        `{ __schema { types { ...F } } } fragment F on __Type { ${times(30, (i) => `a${i}: name`)} }`,
      ],
    ];
    it.each(QUERIES)('%s: %s', async (_, what, query) => {
      const { status, errors, data } = await app.call(app.adminToken, query);
      expect({ status, data, code: errors?.[0]?.extensions['code'] }).toEqual({ status: 400, data: undefined, code: 'QUERY_TOO_COSTLY' });
      expect(errors?.[0]?.message).toContain(what);
      expect(await tables.lastAudit(app.admin.accountId)).toMatchObject({
        action: 'graphql',
        outcome: 'REFUSED',
        code: 'QUERY_TOO_COSTLY',
      });
    });

    it('the size of a page counts also where it is a variable', async () => {
      const query = 'query ($n: Int!) { accounts(first: $n) { nodes { apiTokens(first: $n) { nodes { id } } } } }';
      expect((await app.call(app.adminToken, query, { n: 100 })).errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COSTLY');
      expect((await app.call(app.adminToken, query, { n: 5 })).data.accounts.nodes).toHaveLength(1);
    });
  });

  it('GraphiQL’s introspection is within them, and gives the whole schema', async () => {
    const answer = await app.call(app.adminToken, getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true }));
    expect(answer.errors).toBeUndefined();
    expect(answer.data.__schema.types.length).toBeGreaterThan(50);
    expect((await app.call(undefined, getIntrospectionQuery())).status).toBe(401);
  });

  describe('documents that were written to hurt are refused in time', () => {
    const DOCUMENTS: [string, string][] = [
      ['fragments that unfold to 2^200 nodes', doubling(200)],
      ['fragments in a circle', '{ me { ...A } } fragment A on Account { ...B } fragment B on Account { ...A }'],
      ['a fragment in itself', '{ me { ...A } } fragment A on Account { id ...A }'],
      ['1,000 directives', `{ me { id ${'@include(if: true) '.repeat(1_000)} } }`],
      ['500 unknown directives', `{ me { id ${times(500, (i) => `@d${i}`)} } }`],
      [
        'a deep list',
        `mutation { createSite(input: { names: ${'['.repeat(1_900)}${']'.repeat(1_900)} }, idempotencyKey: "aaaaaaaa") { __typename } }`,
      ],
      [
        'a deep object',
        `mutation { createSite(input: ${'{ a: '.repeat(900)}1${' }'.repeat(900)}, idempotencyKey: "aaaaaaaa") { __typename } }`,
      ],
      ['a deep selection', `{ me ${'{ me '.repeat(1_300)} { id } ${'}'.repeat(1_300)} }`],
      ['two operations of one name', 'query A { me { id } } query A { me { id } }'],
      ['two operations, none chosen', 'query A { me { id } } query B { me { id } }'],
      ['a subscription', 'subscription { orders { id } }'],
      ['no operation', 'fragment F on Account { id }'],
      ['nothing but a comment', '# nothing'],
      ['a NUL', '{ me { id\0 } }'],
      ['a document in JSON, which has no tokens to count', JSON.stringify({ kind: 'Document', definitions: [] })],
      ['a number', '1'],
      ['the same field 3,900 times, each of which a validator compares with each', `{ me { ${'id '.repeat(3_900)} } }`],
      ['types of types of types', `{ __schema { types ${'{ fields { type '.repeat(3)} { name } ${'} }'.repeat(3)} } }`],
      ...[
        '{ __proto__ }',
        '{ me { constructor } }',
        '{ me { ...toString } }',
        '{ me { ... on hasOwnProperty { id } } }',
        '{ me { id @valueOf } }',
        'query ($a: __proto__) { me { id } }',
        'mutation { createSite(input: { names: [], __proto__: { names: [] } }, idempotencyKey: "aaaaaaaa") { __typename } }',
      ].map((query): [string, string] => [query, query]),
      ['900 variables that nothing uses', `query (${times(900, (i) => `$v${i}: Int`)}) { me { id } }`],
    ];
    it.each(DOCUMENTS)('%s', async (_, query) => {
      const answer = await app.call(app.adminToken, query);
      expect(answer.errors?.length).toBeLessThanOrEqual(10);
      expect(answer.errors?.[0]?.extensions['code']).toMatch(/^(INVALID_INPUT|QUERY_TOO_COSTLY)$/);
      expect(answer.data ?? null).toBeNull();
    });

    it.each([
      ['50,000 names', Array(50_000).fill('a')],
      ['50,000 wrong names', Array(50_000).fill(1)],
      ['a list 3,000 deep', deepList(3_000)],
    ])('variables with %s', async (_, names) => {
      const query = 'mutation ($input: CreateSiteInput!) { createSite(input: $input, idempotencyKey: "aaaaaaaa") { __typename } }';
      const answer = await app.call(app.adminToken, query, { input: { names } });
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'QUERY_TOO_COSTLY' } }] });
    });

    it('a text as long as the body may be', async () => {
      const query = 'mutation ($input: CreateSiteInput!) { createSite(input: $input, idempotencyKey: "aaaaaaaa") { __typename } }';
      const answer = await app.call(app.adminToken, query, { input: { names: ['x'.repeat(200_000)] } });
      expect(answer.data.createSite.__typename).toBe('InvalidInput');
    });

    it('a list as deep as one may be, for a name and for a time', async () => {
      const make = 'mutation ($names: [String!]!, $at: DateTime!) { createSite(input: { names: $names }, idempotencyKey: "aaaaaaaa")';
      const query = `${make} { __typename } createApiToken(input: { name: "x", scopes: [], expiresAt: $at }, idempotencyKey: "bbbbbbbb") { __typename } }`;
      const answer = await app.call(app.adminToken, query, { names: deepList(990), at: deepList(990) });
      expect(answer.status).toBe(400);
      expect(answer.errors!.map(({ extensions }) => extensions['code'])).toEqual(['INVALID_INPUT', 'INVALID_INPUT']);
    });

    it.each(['__proto__', '\\u005f_proto__', 'constructor'])('%s in the body reaches no prototype', async (name) => {
      const stolen = `{"${name}":{"prototype":{"stolen":1},"stolen":1}}`;
      const deep = `${'['.repeat(50_000)}${stolen}${']'.repeat(50_000)}`;
      for (const variables of [stolen, `{"a":[{"b":${stolen}}]}`, `{"a":${deep}}`])
        await post(`{"query":"query ($a: Int) { me { id } }","variables":${variables}}`).expect(400);
      expect(({} as { stolen?: number }).stolen).toBeUndefined();
    });

    it('names that every object has are names like others where a caller may choose', async () => {
      const query = 'query constructor ($__proto__: Boolean = true) { __proto__: me { toString: id @include(if: $__proto__) } }';
      const { text } = await post(JSON.stringify({ query, operationName: 'constructor' })).expect(200);
      expect(text).toBe(`{"data":{"__proto__":{"toString":"${app.admin.accountId}"}}}`);
    });

    it.each(['', '\0', '\ud800', '__proto__', 'x'.repeat(100_000)])(
      'the operation %j, which is not in the document',
      async (operationName) => {
        const { body } = await post(JSON.stringify({ query: 'query A { me { id } } query B { me { id } }', operationName }));
        expect(body).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
      },
    );
  });

  describe('the body', () => {
    const QUERY = '{"query":"{ me { id } }"}';
    it.each([
      ['a batch', `[${QUERY},${QUERY}]`, 'application/json', 400],
      ['not JSON', '{', 'application/json', 400],
      ['empty', '', 'application/json', 400],
      ['null', 'null', 'application/json', 400],
      ['a number for a query', '{"query":1}', 'application/json', 400],
      ['variables in a list', '{"query":"{ me { id } }","variables":[]}', 'application/json', 400],
      ['a form, which a stranger’s page can send', 'query={me{id}}', 'application/x-www-form-urlencoded', 415],
      ['plain text, likewise', QUERY, 'text/plain', 415],
      ['multipart, likewise', '--x\r\n\r\n--x--', 'multipart/form-data; boundary=x', 415],
      ['bare GraphQL', '{ me { id } }', 'application/graphql', 415],
      ['brackets in brackets', '['.repeat(100_000) + ']'.repeat(100_000), 'application/json', 400],
      ['JSON in a media type of one’s own', QUERY, 'application/json-evil', 415],
    ])('%s is refused', async (_, body, type, status) => {
      const before = await refusals();
      const answer = await post(body, type);
      expect(answer.status).toBe(status);
      expect(answer.body.errors[0].extensions.code).toBe('INVALID_INPUT');
      expect(answer.body.data).toBeUndefined();
      expect(await refusals()).toEqual([...before, 'INVALID_INPUT']);
    });

    it.each([
      ['without a media type, as a stranger’s page sends a Blob', {}, QUERY],
      ['zipped', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync(QUERY)],
      ['said to be zipped', { 'content-type': 'application/json', 'content-encoding': 'GZIP' }, QUERY],
    ])('one that is %s is refused', async (_, headers, body) => {
      const answer = await send({ ...headers, authorization: bearer() }, (call) => call.end(body));
      expect(answer).toEqual({ status: 415, code: 'INVALID_INPUT' });
    });

    it('of a stranger it is not waited for', async () => {
      const answer = await send({ 'content-type': 'application/json', 'content-length': 200_000 }, (call) => call.flushHeaders());
      expect(answer).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    });

    it('one that never ends is given up in time', async () => {
      const server = app.nest.getHttpServer() as Server;
      const { headersTimeout, requestTimeout } = server;
      Object.assign(server, { headersTimeout: 1, requestTimeout: 1 });
      const headers = { 'content-type': 'application/json', authorization: bearer() };
      const answer = await send(headers, (call) => call.write('{')).finally(() =>
        Object.assign(server, { headersTimeout, requestTimeout }),
      );
      expect(answer.status).toBe(408);
    });

    it('one without end is read up to the limit', async () => {
      const answer = await send({ 'content-type': 'application/json', authorization: bearer() }, (call) => {
        for (let i = 0; i < 5; i++) call.write('x'.repeat(64 * 1024));
      });
      expect(answer).toEqual({ status: 413, code: 'TOO_LARGE' });
    });

    it('10 MiB are too large, and are not read to the end', async () => {
      const answer = await post(JSON.stringify({ query: 'x'.repeat(10 * 1024 * 1024) }));
      expect(answer.status).toBe(413);
      expect(answer.body.errors[0]).toMatchObject({
        message: `The limit is ${LIMITS.bodyBytes} bytes.`,
        extensions: { code: 'TOO_LARGE' },
      });
      expect((await refusals()).at(-1)).toBe('TOO_LARGE');
    });

    it('a query by GET is not executed', async () => {
      const answer = await request(app.nest.getHttpServer())
        .get('/graphql')
        .query({ query: '{ me { id } }' })
        .set('authorization', `Bearer ${app.adminToken}`);
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.text).not.toContain(app.admin.accountId);
    });

    it('nothing invites pages of other origins: no preflight is answered, and no answer has a header of CORS', async () => {
      const stranger = { origin: 'https://stranger.example', 'access-control-request-method': 'POST' };
      const preflight = await request(app.nest.getHttpServer()).options('/graphql').set(stranger);
      const answer = await post(QUERY).set('origin', stranger.origin);
      expect([preflight.status, answer.status]).toEqual([404, 200]);
      for (const { headers } of [preflight, answer])
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    });
  });

  it.each([
    ['beside another', () => [bearer(), `Bearer hst_${'x'.repeat(43)}`], 401],
    ['behind another', () => [`Bearer hst_${'x'.repeat(43)}`, bearer()], 401],
    ['twice', () => [bearer(), bearer()], 401],
    ['in a list', () => `${bearer()}, ${bearer()}`, 401],
    ['with a letter of Latin-1', () => `${bearer()}é`, 401],
    ['with bytes of UTF-8', () => bearer() + Buffer.from('🦄').toString('latin1'), 401],
    ['longer than all headers may be', () => bearer() + 'x'.repeat(20_000), 431],
    ['as a password', () => `Basic ${btoa(`:${app.adminToken}`)}`, 401],
    ['alone', bearer, 200],
  ])('a good token %s', async (_, authorization, status) => {
    const headers = { 'content-type': 'application/json', Authorization: authorization() };
    expect((await send(headers, (call) => call.end('{"query":"{ me { id } }"}'))).status).toBe(status);
  });

  describe('the page and its parts', () => {
    const get = (path: string) => request(app.nest.getHttpServer()).get(path).buffer(true);
    const parts = async () => [...(await get('/graphql')).text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);

    it('the page is small; its parts are zipped files that a browser keeps, and names by their content', async () => {
      const page = await get('/graphql');
      expect(page.text.length).toBeLessThan(2_000);
      expect(page.headers['content-security-policy']).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
      const script = await get((await parts()).find((path) => path.endsWith('.js'))!);
      const workers = [...script.text.matchAll(/"(\/graphql\/parts\/[\w-]+\.js)"/g)].map(([, path]) => path!);
      expect(workers).toHaveLength(3);
      for (const path of [...(await parts()), ...workers]) {
        const { status, headers } = await get(path);
        expect({
          status,
          kept: headers['cache-control'],
          coding: headers['content-encoding'],
          sniffed: headers['x-content-type-options'],
        }).toEqual({
          ...{ status: 200, kept: 'public, max-age=31536000, immutable', coding: 'gzip', sniffed: 'nosniff' },
        });
      }
      expect((await get('/graphql/parts/other.js')).status).toBe(404);
    });

    it('they need nothing that the policy forbids: no code out of text, and no file of another place', async () => {
      for (const path of await parts()) {
        const { text, type } = await get(path);
        if (type === 'text/javascript') expect(text).not.toMatch(/\beval\(|\bnew Function\b/);
        if (type === 'text/css') expect(text).not.toMatch(/@import|url\((?!["']?data:)/);
      }
    });

    it.each(['identity', 'br', 'gzip;q=0', 'gzip;q=0.0'])('nobody is sent the megabytes unzipped: accept-encoding %s', async (accepted) => {
      for (const path of await parts()) expect((await get(path).set('accept-encoding', accepted)).status).toBe(406);
    });
  });

  it.each([
    ['an answer', () => post('{"query":"{ me { id } }"}')],
    ['a refusal', () => request(app.nest.getHttpServer()).post('/graphql').send({ query: '{ me { id } }' })],
    ['what is not there', () => request(app.nest.getHttpServer()).get('/nope')],
    ['liveness', () => request(app.nest.getHttpServer()).get('/health/live')],
  ])('%s is not kept, framed, sniffed or told where it came from', async (_, ask) => {
    const { headers } = await ask();
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it('no connection may be silent for ever, or be one of too many', () => {
    const { timeout, requestTimeout, headersTimeout, keepAliveTimeout, maxConnections } = app.nest.getHttpServer() as Server;
    const bounds = [timeout, requestTimeout, headersTimeout, keepAliveTimeout, maxConnections];
    expect(bounds.filter((bound) => !(bound > 0))).toEqual([]);
  });
});
