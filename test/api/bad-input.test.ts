/** Bad input of every kind to every mutation: a clear typed problem, nothing changed, and the audit log says who tried. */
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isProblemCode } from '../../src/values/problems/codes.js';
import { days, plus, toIso } from '../../src/values/instant.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { HOST_KEY } from '../support/ssh/host-keys.js';
import { codesOf, idOf, mutate, MUTATION_NAMES, MUTATIONS, somebodys, type Arguments, type MutationName } from './every-mutation.js';
import { openTables, plantCertificate, plantFinding, plantHost, plantServer, type Tables } from './tables.js';
import { plantTenants, type Tenants } from './tenants.js';

describe('bad input', () => {
  let app: TestApp;
  let tables: Tables;
  let tenants: Tenants;
  let certificateId: string;
  let findingId: string;
  let haproxyId: string;
  let hostId: string;
  let poolId: string;
  let plantedId: string;
  let addressId: string;
  beforeAll(async () => {
    app = await startTestApp();
    tables = await openTables(app);
    tenants = await plantTenants(app);
    certificateId = await plantCertificate(tables, tenants.carl.orderId);
    findingId = await plantFinding(tables, tenants.alice.siteId);
    hostId = await plantHost(tables, app.admin.accountId);
    haproxyId = await plantServer(tables, app.admin.accountId, 'HAPROXY');
    plantedId = await plantServer(tables, app.admin.accountId);
    const input = { serverId: plantedId, ip: '192.0.2.99', httpPort: 80, httpsPort: 443 };
    addressId = idOf(await mutate(app, app.adminToken, 'addAddress', { input }));
    poolId = idOf(await mutate(app, app.adminToken, 'createPool', { input: { name: 'pool' } }));
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });

  /** Refused with a code of the list that is not our fault; no row more; an audit entry of this account with the code. */
  async function isRefused(name: MutationName, args: Arguments, key: unknown = freshKey()): Promise<string[]> {
    const before = await tables.counts();
    const outcome = await mutate(app, app.adminToken, name, args, key);
    expect(outcome).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect(outcome.code).toSatisfy(isProblemCode);
    expect(outcome.code).not.toBe('INTERNAL');
    expect(outcome.message).not.toMatch(/prisma|postgres|node_modules|\n\s+at /i);
    expect(await tables.counts()).toEqual(before);
    const action = outcome.type === 'error' ? 'graphql' : MUTATIONS[name].action;
    expect(await tables.lastAudit(app.admin.accountId)).toMatchObject({ action, outcome: 'REFUSED', code: outcome.code });
    return codesOf(outcome);
  }

  const inDays = (n: number) => toIso(plus(app.clock.now(), days(n)));
  /** Input that would be taken, but for what a row puts in. */
  const GOOD: Record<MutationName, () => Arguments> = {
    addAddress: () => ({
      input: { serverId: tenants.serverId, ip: '192.0.2.1', httpPort: 80, httpsPort: 443, dedicatedTo: app.admin.accountId },
    }),
    addDomain: () => ({ input: { name: 'good.example', accountId: app.admin.accountId } }),
    addSiteServer: () => ({ siteId: tenants.alice.siteId, serverId: tenants.serverId }),
    cancelOrder: () => ({ id: tenants.alice.orderId }),
    changeAccountKey: () => ({ input: { issuerId: 'acme-x' } }),
    createAccount: () => ({ input: { kind: 'CUSTOMER', name: 'good', parentId: app.admin.accountId } }),
    createApiToken: () => ({ input: { name: 'good', scopes: ['READ'], expiresAt: inDays(1), accountId: app.admin.accountId } }),
    createPool: () => ({ input: { name: 'good', accountId: app.admin.accountId, frontServerId: haproxyId, frontBackend: 'web' } }),
    createSite: () => ({ input: { names: ['good.localhost'], accountId: app.admin.accountId, serverId: tenants.serverId } }),
    deleteServer: () => ({ serverId: plantedId }),
    deleteSite: () => ({ siteId: tenants.alice.siteId, evenIfServed: true }),
    joinPool: () => ({ serverId: tenants.serverId, poolId }),
    leavePool: () => ({ serverId: tenants.serverId }),
    cancelMove: () => ({ siteId: tenants.alice.siteId }),
    finishMove: () => ({ siteId: tenants.carl.siteId }),
    moveSite: () => ({ siteId: tenants.alice.siteId, serverId: plantedId }),
    placeOrder: () => ({ input: { siteId: tenants.alice.siteId, product: 'dv', names: [tenants.alice.name], keyAlgorithm: 'ECDSA_P256' } }),
    registerHost: () => ({ input: { name: 'good', address: '192.0.2.1', port: 22, user: 'hostseal' } }),
    pinHostKey: () => ({ input: { hostId: 'hos_01kh2a0000000000000000000z', hostKey: HOST_KEY } }),
    registerServer: () => ({ input: { name: 'good', kind: 'EMBEDDED_EDGE', hostId } }),
    setProductIssuer: () => ({ input: { product: 'dv', issuerId: 'local-ca' } }),
    removeAddress: () => ({ addressId, evenIfServed: true }),
    removeDomain: () => ({ domainId: tenants.alice.domainId }),
    removeSiteServer: () => ({ siteId: tenants.alice.siteId, serverId: tenants.serverId }),
    renewCertificate: () => ({ input: { certificateId } }),
    importCertificate: () => ({ input: { siteId: tenants.alice.siteId, ...somebodys() } }),
    revokeCertificate: () => ({ input: { certificateId, reason: 'SUPERSEDED', evenIfServed: false } }),
    repairFinding: () => ({ findingId }),
    startCheck: () => ({ siteId: tenants.alice.siteId }),
    revokeApiToken: () => ({ id: 'tok_01kh2a0000000000000000000z' }),
  };
  type Field = GraphQLArgument | GraphQLInputField;
  const TEXTS = [
    '',
    '\0',
    'a\0b',
    '\ud800',
    '\u202egnp.example',
    '🦄'.repeat(300),
    'x'.repeat(100_000),
    '__proto__',
    "'; DROP TABLE orders; --",
  ];

  describe.each(MUTATION_NAMES)('%s', (name) => {
    /** The arguments and the fields of their inputs, each with how to put a value there. */
    function fields(): { path: string; field: Field; put: (value: unknown) => Arguments }[] {
      const mutation = app.nest.get(GraphQLSchemaHost).schema.getMutationType()!.getFields()[name]!;
      return mutation.args
        .filter((argument) => argument.name !== 'idempotencyKey')
        .flatMap((argument) => {
          const inner = getNamedType(argument.type);
          const whole = {
            path: argument.name,
            field: argument as Field,
            put: (value: unknown) => ({ ...GOOD[name](), [argument.name]: value }),
          };
          if (!isInputObjectType(inner)) return [whole];
          const put = (field: string) => (value: unknown) => ({
            [argument.name]: { ...(GOOD[name]()[argument.name] as object), [field]: value },
          });
          return [
            whole,
            ...Object.values(inner.getFields()).map((field) => ({ path: `${argument.name}.${field.name}`, field, put: put(field.name) })),
          ];
        });
    }

    it('wrong types, missing and null', async () => {
      for (const { field, put } of fields()) {
        const inner = getNamedType(field.type).name;
        const wrong = [
          { a: 1 },
          ...(inner === 'Boolean' ? [] : [true]),
          [[['x']]],
          1.5,
          ...(inner === 'String' || inner === 'ID' ? [] : ['x']),
          ...(isNonNullType(field.type) ? [null, undefined] : []),
        ];
        // GraphQL makes a list of one of a single value, and an id of a number.
        const taken = (value: unknown) => (isListType(getNullableType(field.type)) && value === 'x') || (inner === 'ID' && value === 1.5);
        for (const value of wrong.filter((value) => !taken(value))) expect(await isRefused(name, put(value))).toEqual(['INVALID_INPUT']);
      }
    });

    it('fields that there are not, and keys that are none', async () => {
      for (const key of [5, null, {}, ['aaaaaaaa']]) expect(await isRefused(name, GOOD[name](), key)).toEqual(['INVALID_INPUT']);
      const [input] = Object.values(GOOD[name]());
      if (typeof input === 'object') expect(await isRefused(name, { input: { ...input, isAdmin: true } })).toEqual(['INVALID_INPUT']);
    });

    it('texts that break what is careless with them', async () => {
      for (const { field, put } of fields()) {
        const inner = getNamedType(field.type);
        if (isInputObjectType(inner) || isEnumType(inner) || !['String', 'ID'].includes(inner.name)) continue;
        const list = isListType(getNullableType(field.type));
        for (const text of TEXTS) {
          // A label may be any text on one line, and nothing at all is the default where there is one.
          const label = field.name === 'name' && name !== 'addDomain' && ['__proto__', "'; DROP TABLE orders; --"].includes(text);
          const absent = text === '' && field.name.endsWith('Id') && !isNonNullType(field.type);
          if (!label && !absent) expect(await isRefused(name, put(list ? [text] : text))).not.toEqual([]);
        }
      }
    });

    it('ids of other kinds, and of nothing', async () => {
      for (const { path, field, put } of fields()) {
        if (getNamedType(field.type).name !== 'ID') continue;
        const others = [tenants.alice.accountId, tenants.alice.domainId, tenants.alice.siteId, tenants.alice.orderId, tenants.serverId];
        const good = path.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], GOOD[name]());
        const kind = String(good).slice(0, 4);
        for (const id of others.filter((other) => !other.startsWith(kind))) expect(await isRefused(name, put(id))).toEqual(['NOT_AN_ID']);
        expect(await isRefused(name, put(`${kind}01kh2a0000000000000000000z`))).toEqual(['NOT_FOUND']);
        expect(await isRefused(name, put(String(good).toUpperCase()))).toEqual(['NOT_AN_ID']);
      }
    });
  });

  const ROWS: { what: string; name: MutationName; input: () => Arguments; codes: string[] }[] = [
    { what: 'no scopes', name: 'createApiToken', input: () => ({ scopes: [] }), codes: ['TOO_FEW'] },
    { what: 'an unknown scope', name: 'createApiToken', input: () => ({ scopes: ['ROOT'] }), codes: ['INVALID_INPUT'] },
    { what: 'an end in the past', name: 'createApiToken', input: () => ({ expiresAt: inDays(-1) }), codes: ['IN_THE_PAST'] },
    { what: 'an end in 400 days', name: 'createApiToken', input: () => ({ expiresAt: inDays(400) }), codes: ['TOO_LARGE'] },
    ...['garbage', 'NaN', '2027', '2027-01-01', '2027-02-30T00:00:00Z', '2027-01-01T00:00:00', '+275760-09-13T00:00:01Z'].map((text) => ({
      ...{ what: `the end ${text}`, name: 'createApiToken' as const, input: () => ({ expiresAt: text }), codes: ['INVALID_INPUT'] },
    })),
    ...[0, -1, 65_536, 2_147_483_647].flatMap((port) => [
      { what: `HTTP port ${port}`, name: 'addAddress' as const, input: () => ({ httpPort: port }), codes: ['NOT_A_PORT'] },
      { what: `HTTPS port ${port}`, name: 'addAddress' as const, input: () => ({ httpsPort: port }), codes: ['NOT_A_PORT'] },
    ]),
    { what: 'one port for both', name: 'addAddress', input: () => ({ httpPort: 443 }), codes: ['DUPLICATE'] },
    ...['0x7f.1', '2130706433', '127.1', '[::1]', 'fe80::1%eth0', '1.2.3.4/24', 'localhost', '01.2.3.4'].map((ip) => ({
      ...{ what: `the address ${ip}`, name: 'addAddress' as const, input: () => ({ ip }), codes: ['NOT_AN_IP_ADDRESS'] },
    })),
    { what: 'a product that is not there', name: 'placeOrder', input: () => ({ product: 'nope' }), codes: ['NOT_FOUND'] },
    { what: 'no names', name: 'placeOrder', input: () => ({ names: [] }), codes: ['TOO_FEW'] },
    { what: 'a name of another site', name: 'placeOrder', input: () => ({ names: [tenants.carl.name] }), codes: ['NAME_NOT_COVERED'] },
    {
      what: 'a wildcard for none of its names',
      name: 'placeOrder',
      input: () => ({ names: ['*.alice.localhost'] }),
      codes: ['NAME_NOT_COVERED'],
    },
    { what: 'a wildcard in the middle', name: 'placeOrder', input: () => ({ names: ['a.*.localhost'] }), codes: ['NOT_A_HOSTNAME'] },
    { what: 'a wildcard for a part of a label', name: 'placeOrder', input: () => ({ names: ['a*.localhost'] }), codes: ['NOT_A_HOSTNAME'] },
    { what: 'two wildcards', name: 'placeOrder', input: () => ({ names: ['*.*.localhost'] }), codes: ['NOT_A_HOSTNAME'] },
    { what: '101 names', name: 'placeOrder', input: () => ({ names: Array(101).fill('a.example') }), codes: ['TOO_MANY'] },
    { what: 'an unknown key algorithm', name: 'placeOrder', input: () => ({ keyAlgorithm: 'RSA_1024' }), codes: ['INVALID_INPUT'] },
    { what: 'no names', name: 'createSite', input: () => ({ names: [] }), codes: ['TOO_FEW'] },
    {
      what: '101 names',
      name: 'createSite',
      input: () => ({ names: Array.from({ length: 101 }, (_, i) => `n${i}.localhost`) }),
      codes: ['TOO_MANY'],
    },
    { what: 'a wildcard over domains of others', name: 'createSite', input: () => ({ names: ['*.localhost'] }), codes: ['NAME_IN_USE'] },
    { what: 'a wildcard in the middle', name: 'createSite', input: () => ({ names: ['a.*.localhost'] }), codes: ['NOT_A_HOSTNAME'] },
    {
      what: 'a name of another site',
      name: 'createSite',
      input: () => ({ names: ['x.localhost', 'alice.localhost'] }),
      codes: ['NAME_NOT_COVERED'],
    },
    { what: 'a product that is not there', name: 'setProductIssuer', input: () => ({ product: 'nope' }), codes: ['NOT_FOUND'] },
    { what: 'a product that is sold by quote', name: 'setProductIssuer', input: () => ({ product: 'ev' }), codes: ['QUOTE_REQUIRED'] },
    { what: 'an issuer that is not here', name: 'setProductIssuer', input: () => ({ issuerId: 'acme-x' }), codes: ['ISSUER_UNKNOWN'] },
  ];
  it.each(ROWS)('$name with $what: $codes', async ({ name, input, codes }) => {
    expect(await isRefused(name, { input: { ...(GOOD[name]()['input'] as object), ...input() } })).toEqual(codes);
  });

  const NAMES: [string, string][] = [
    ...['127.0.0.1', '192.0.2.1', '::1', '[::1]', '[2001:db8::1]', '::ffff:127.0.0.1', '１２７.0.0.1'].map((name): [string, string] => [
      name,
      'NAME_IS_AN_IP_ADDRESS',
    ]),
    ...['0x7f.1', '0x7f000001', '2130706433', '127.1', '0177.0.0.1', '1.2.3'].map((name): [string, string] => [name, 'NOT_A_HOSTNAME']),
    ...['com', 'co.uk', 'github.io', 'example', '公司.cn', '🦄'].map((name): [string, string] => [name, 'NAME_IS_A_PUBLIC_SUFFIX']),
    ...[
      ...[
        '',
        ' ',
        '.',
        '..',
        'a..example',
        '.a.example',
        '*.good.example',
        'a b.example',
        'a_b.example',
        '-a.example',
        'a-.example',
        'http://a.example',
      ],
      ...[
        'a.example:443',
        'a@b.example',
        'a/b.example',
        'a\0.example',
        'a\n.example',
        '\u202ea.example',
        'a\u200d.example',
        'xn--.example',
      ],
      ...['xn--a.example', `${'a'.repeat(64)}.example`, `${'abcdefgh.'.repeat(28)}example`, `${'ü'.repeat(400)}.example`],
    ].map((name): [string, string] => [name, 'NOT_A_HOSTNAME']),
  ];
  it.each(NAMES)('the name %j is refused, alone and among good ones: %s', async (name, code) => {
    expect(await isRefused('addDomain', { input: { name } })).toEqual([code]);
    // Whether one may register names below it is asked of domains only; a site needs a domain of the account, and may have a wildcard.
    const inSite = code === 'NAME_IS_A_PUBLIC_SUFFIX' || name.startsWith('*.') ? 'NAME_NOT_COVERED' : code;
    expect(await isRefused('createSite', { input: { names: ['fine.localhost', name] } })).toEqual([inSite]);
  });

  it.each([
    ['in upper case', 'SHOP.Example.COM', 'shop.example.com'],
    ['with the root’s dot', 'dot.example.com.', 'dot.example.com'],
    ['in Unicode', 'müllerei.example', 'xn--mllerei-n2a.example'],
    ['of 253 characters', `${'abcdefghi.'.repeat(24)}abcd.example`, `${'abcdefghi.'.repeat(24)}abcd.example`],
  ])('a name %s is taken, in its normal form, and in any form only once', async (_, given, kept) => {
    const added = await mutate(app, app.adminToken, 'addDomain', { input: { name: given } });
    const { domain } = await app.asAdmin('query ($id: ID!) { domain(id: $id) { name } }', { id: added.id });
    expect(domain.name).toBe(kept);
    expect(await isRefused('addDomain', { input: { name: kept } })).toEqual(['NAME_IN_USE']);
  });

  it('texts that break what is careless with them, in the arguments of every query, and in the document itself', async () => {
    const { schema } = app.nest.get(GraphQLSchemaHost);
    const fields = Object.values(schema.getQueryType()!.getFields());
    /** Where a text goes in: `id: $text`, or `filter: { siteId: $text }`. */
    const places = ({ name, type }: Field): { kind: string; place: string }[] => {
      const inner = getNamedType(type);
      if (isInputObjectType(inner))
        return Object.values(inner.getFields()).flatMap((part) =>
          places(part).map(({ kind, place }) => ({ kind, place: `${name}: { ${place} }` })),
        );
      return ['String', 'ID'].includes(inner.name) ? [{ kind: inner.name, place: `${name}: $text` }] : [];
    };
    const asked = fields.flatMap(({ name, args, type }) =>
      args.flatMap(places).map(({ kind, place }) => {
        const rest = args.some(({ name }) => name === 'first') ? 'first: 1, ' : '';
        return `query ($text: ${kind}!) { ${name}(${rest}${place})${isObjectType(getNamedType(type)) ? ' { __typename }' : ''} }`;
      }),
    );
    expect(asked.length).toBeGreaterThan(10);
    for (const query of [...asked, 'query ($text: String!) { me { apiTokens(first: 1, after: $text) { __typename } } }'])
      for (const text of TEXTS.slice(1)) {
        const { errors } = await app.call(app.adminToken, query, { text });
        expect(errors?.[0]?.extensions['code'], `${query} ${text.slice(0, 20)}`).toMatch(/^(NOT_A|NAME_IS_A|INVALID_INPUT)/);
      }
    for (const literal of ['"\\u0000"', '"\\ud800"', '"\\u{d800}"', '"\\u{110000}"', '"""a\0b"""']) {
      const { errors } = await app.call(app.adminToken, `{ account(id: ${literal}) { id } }`);
      expect(errors?.[0]?.extensions['code'], literal).toMatch(/^(NOT_AN_ID|INVALID_INPUT)$/);
    }
  });

  const LISTS = ['accounts', 'auditLog', 'certificates', 'domains', 'hosts', 'orders', 'servers', 'sites'];
  it.each(LISTS)('the list %s refuses other sizes, and cursors that are not its own', async (list) => {
    const page = async (args: string) => {
      const [error] = (await app.call(app.adminToken, `{ ${list}(${args}) { nodes { id } } }`)).errors ?? [];
      return error?.extensions['code'];
    };
    const foreign = (await app.asAdmin('{ products { id } }')).products[0].id as string;
    const cursor = (text: string) => Buffer.from(text).toString('base64url');
    expect(await page('first: 0')).toBe('TOO_FEW');
    expect(await page('first: -2147483648')).toBe('TOO_FEW');
    expect(await page('first: 101')).toBe('TOO_MANY');
    expect(await page('first: 9999999999')).toBe('INVALID_INPUT');
    expect(await page('first: null')).toBe('INVALID_INPUT');
    expect(await page('after: null')).toBe('INVALID_INPUT');
    for (const after of ['garbage', '🦄', cursor(`v1:${foreign}`), cursor(foreign), cursor("v1:'; --"), 'A'.repeat(10_000)])
      expect(await page(`first: 1, after: "${after}"`)).toBe('NOT_A_CURSOR');
  });
});
