/** What one request, and one caller, may cost; and documents that were written to hurt. */
import { getIntrospectionQuery } from 'graphql';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/graphql/limits.js';
import { minutes } from '../../src/values/instant.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { openTables, type Tables } from './tables.js';

describe('limits', () => {
  let app: TestApp;
  let tables: Tables;
  beforeAll(async () => {
    app = await startTestApp();
    tables = await openTables(app);
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });

  const times = (n: number, part: (i: number) => string) => Array.from({ length: n }, (_, i) => part(i)).join(' ');
  /** Fragments that each spread the next one twice. */
  const doubling = (n: number) =>
    `{ me { ...F0 } } ${times(n, (i) => `fragment F${i} on Account { ...F${i + 1} ...F${i + 1} }`)} fragment F${n} on Account { id }`;
  const post = (body: string, type = 'application/json') =>
    request(app.nest.getHttpServer())
      .post('/graphql')
      .set('authorization', `Bearer ${app.adminToken}`)
      .set('content-type', type)
      .send(body);

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
      ['a list 3,000 deep', JSON.parse(`${'['.repeat(3_000)}${']'.repeat(3_000)}`) as unknown],
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

    it('no variable reaches the prototype of all objects', async () => {
      for (const name of ['__proto__', 'constructor'])
        await post(`{"query":"{ me { id } }","variables":{"${name}":{"prototype":{"stolen":1},"stolen":1}}}`).expect(400);
      expect(({} as { stolen?: number }).stolen).toBeUndefined();
    });
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
      ['JSON in a media type of one’s own', QUERY, 'application/json-evil', 415],
    ])('%s is refused', async (_, body, type, status) => {
      const answer = await post(body, type);
      expect(answer.status).toBe(status);
      expect(answer.body.errors[0].extensions.code).toBe('INVALID_INPUT');
      expect(answer.body.data).toBeUndefined();
    });

    it('10 MiB are too large, and are not read to the end', async () => {
      const answer = await post(JSON.stringify({ query: 'x'.repeat(10 * 1024 * 1024) }));
      expect(answer.status).toBe(413);
      expect(answer.body.errors[0]).toMatchObject({
        message: `The limit is ${LIMITS.bodyBytes} bytes.`,
        extensions: { code: 'TOO_LARGE' },
      });
    });

    it('a query by GET is not executed', async () => {
      const answer = await request(app.nest.getHttpServer())
        .get('/graphql')
        .query({ query: '{ me { id } }' })
        .set('authorization', `Bearer ${app.adminToken}`);
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.text).not.toContain(app.admin.accountId);
    });
  });
});

describe('rates', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startTestApp({ env: { HOSTSEAL_RATE_LIMIT: '5' } })));
  afterAll(() => app?.close());
  const ask = (token: string | undefined) => {
    const post = request(app.nest.getHttpServer()).post('/graphql');
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

  it('a token that is used too often is told when to come again, and another one is not kept out', async () => {
    const [first, second] = [await app.tokenFor(app.admin.accountId), await app.tokenFor(app.admin.accountId)];
    for (let i = 0; i < 5; i++) expect((await ask(first)).status).toBe(200);
    isLimited(await ask(first), 5);
    expect((await ask(second)).status).toBe(200);
  });

  it('strangers are kept out by address, also before anybody looks at their tokens', async () => {
    const statuses = [];
    for (let i = 0; i < 60; i++) statuses.push((await ask(i % 2 ? undefined : `hst_${'x'.repeat(43)}`)).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.indexOf(429)).toBeLessThan(50);
    isLimited(await ask(undefined), 50);
  });
});
