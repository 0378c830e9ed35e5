/**
 * Tenants never meet. The schema is walked: every argument that names a thing has a row here, and every field that leads from one
 * thing to others is read by a stranger and by a reseller; an operation that no row covers fails by name.
 */
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { getNamedType, isObjectType, type GraphQLField } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ID_PREFIXES, newId, type IdKind } from '../../src/values/id.js';
import { encodeCursor } from '../../src/values/page.js';
import { days, plus, toIso } from '../../src/values/instant.js';
import { startTestApp, systemRandom, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { streamed } from '../support/event-stream.js';
import { HOST_KEY } from '../support/ssh/host-keys.js';
import { mutate, somebodys, type Arguments, type MutationName } from './every-mutation.js';
import { openTables, plantHost, plantServer, plantTrouble, type Tables } from './tables.js';
import { checked, plantTenants, untilSecure, type Tenants } from './tenants.js';

describe('tenants never meet', () => {
  let edge: TestEdge;
  let app: TestApp;
  let tables: Tables;
  let tenants: Tenants;
  /** Carl's things, that Alice and her reseller Ann never see. */
  let carls: Record<Exclude<IdKind, 'audit' | 'move' | 'observation' | 'product' | 'vault'>, string>;
  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({ edge });
    tables = await openTables(app);
    tenants = await plantTenants(app);
    await untilSecure(app, tenants.alice.siteId);
    await untilSecure(app, tenants.carl.siteId);
    const { carl, serverId } = tenants;
    const idOf = async (sql: string, ...values: unknown[]) => (await tables.query<{ id: string }>(sql, values))[0]!.id;
    carls = {
      ...{ account: carl.accountId, domain: carl.domainId, site: carl.siteId, order: carl.orderId, server: serverId },
      address: await idOf('SELECT id FROM addresses ORDER BY id LIMIT 1'),
      binding: await idOf('SELECT id FROM bindings WHERE account_id = $1 LIMIT 1', carl.accountId),
      certificate: await idOf('SELECT id FROM certificates WHERE account_id = $1', carl.accountId),
      pool: await plantPool(),
      deployment: await idOf('SELECT id FROM deployments ORDER BY id LIMIT 1'),
      token: await idOf('SELECT id FROM api_tokens WHERE account_id = $1 LIMIT 1', carl.accountId),
      host: await plantHost(tables, carl.accountId),
      ...(await plantAll(carl.siteId)),
    };
    await plantAll(tenants.alice.siteId);
  });
  /** Of an administrator that nobody here is below. */
  async function plantPool(): Promise<string> {
    const id = nobodys('pool');
    await tables.query(`INSERT INTO pools (id, account_id, name, created_at) VALUES ($1, $2, 'elsewhere', now())`, [
      id,
      tenants.bob.accountId,
    ]);
    return id;
  }
  async function plantAll(siteId: string) {
    return { check: await checked(app, siteId), ...(await plantTrouble(tables, siteId)) };
  }
  afterAll(async () => {
    await tables?.close();
    await app?.close();
    await edge?.stop();
  });

  const nobodys = (kind: IdKind) => newId(kind, app.clock.now(), systemRandom);
  /** An answer with its ids taken out. */
  const withoutIds = (answer: unknown, ids: readonly string[]) =>
    JSON.parse(ids.reduce((text, id) => text.replaceAll(id, 'ID'), JSON.stringify(answer)));

  /** Queries with an argument that names a thing; `reads`: may a customer read it, since an account above offers it to all below? */
  const QUERIES: { field: string; argument: string; kind: keyof typeof carls; shows?: string }[] = [
    { field: 'account', argument: 'id', kind: 'account' },
    { field: 'certificate', argument: 'id', kind: 'certificate' },
    { field: 'check', argument: 'id', kind: 'check' },
    { field: 'deployment', argument: 'id', kind: 'deployment' },
    { field: 'domain', argument: 'id', kind: 'domain' },
    { field: 'finding', argument: 'id', kind: 'finding' },
    { field: 'host', argument: 'id', kind: 'host' },
    { field: 'offeredHostKey', argument: 'hostId', kind: 'host', shows: 'fingerprint' },
    { field: 'order', argument: 'id', kind: 'order' },
    { field: 'pool', argument: 'id', kind: 'pool' },
    { field: 'repair', argument: 'id', kind: 'repair' },
    { field: 'site', argument: 'id', kind: 'site' },
  ];
  /** Everybody below the administrator uses his server: it is read by all, and changed by its owner only. */
  const SHARED = ['server(id)', 'sniMap(addressId)', 'whoAnswers(addressId)'];
  const BY_NAME = ['siteByName(name)', 'whoAnswers(name)'];
  const PREVIEWS = ['previewBindings(input.siteId)', 'previewBindings(input.certificateId)'];
  const FILTERS = ['orders(filter.siteId)', 'findings(filter.siteId)'];
  const SUBSCRIPTIONS = ['checkProgress(checkId)'];

  /** Mutations with an argument that names a thing. */
  const MUTATION_ROWS: { name: MutationName; argument: string; kind: keyof typeof carls; args: (id: string) => Arguments }[] = [
    {
      ...{ name: 'addAddress', argument: 'input.serverId', kind: 'server' },
      args: (serverId) => ({ input: { serverId, ip: '192.0.2.1', httpPort: 80, httpsPort: 443 } }),
    },
    {
      ...{ name: 'addAddress', argument: 'input.dedicatedTo', kind: 'account' },
      args: (dedicatedTo) => ({ input: { serverId: carls.server, ip: '192.0.2.1', httpPort: 80, httpsPort: 443, dedicatedTo } }),
    },
    {
      ...{ name: 'addDomain', argument: 'input.accountId', kind: 'account' },
      args: (accountId) => ({ input: { accountId, name: 'strangers.example' } }),
    },
    { name: 'addSiteServer', argument: 'siteId', kind: 'site', args: (siteId) => ({ siteId, serverId: tenants.serverId }) },
    { name: 'cancelOrder', argument: 'id', kind: 'order', args: (id) => ({ id }) },
    {
      ...{ name: 'createAccount', argument: 'input.parentId', kind: 'account' },
      args: (parentId) => ({ input: { parentId, kind: 'CUSTOMER', name: 'x' } }),
    },
    {
      ...{ name: 'createApiToken', argument: 'input.accountId', kind: 'account' },
      args: (accountId) => ({ input: { accountId, name: 'x', scopes: ['READ'], expiresAt: toIso(plus(app.clock.now(), days(1))) } }),
    },
    {
      ...{ name: 'createSite', argument: 'input.accountId', kind: 'account' },
      args: (accountId) => ({ input: { accountId, names: ['www.alice.localhost'] } }),
    },
    { name: 'pinHostKey', argument: 'input.hostId', kind: 'host', args: (hostId) => ({ input: { hostId, hostKey: HOST_KEY } }) },
    {
      ...{ name: 'createPool', argument: 'input.accountId', kind: 'account' },
      args: (accountId) => ({ input: { accountId, name: 'x' } }),
    },
    {
      ...{ name: 'createPool', argument: 'input.frontServerId', kind: 'server' },
      args: (frontServerId) => ({ input: { name: 'x', frontServerId, frontBackend: 'x' } }),
    },
    { name: 'deleteServer', argument: 'serverId', kind: 'server', args: (serverId) => ({ serverId }) },
    { name: 'deleteSite', argument: 'siteId', kind: 'site', args: (siteId) => ({ siteId, evenIfServed: true }) },
    { name: 'removeAddress', argument: 'addressId', kind: 'address', args: (addressId) => ({ addressId, evenIfServed: true }) },
    { name: 'removeDomain', argument: 'domainId', kind: 'domain', args: (domainId) => ({ domainId }) },
    { name: 'cancelMove', argument: 'siteId', kind: 'site', args: (siteId) => ({ siteId }) },
    { name: 'finishMove', argument: 'siteId', kind: 'site', args: (siteId) => ({ siteId }) },
    { name: 'moveSite', argument: 'siteId', kind: 'site', args: (siteId) => ({ siteId, serverId: tenants.serverId }) },
    { name: 'joinPool', argument: 'serverId', kind: 'server', args: (serverId) => ({ serverId, poolId: carls.pool }) },
    { name: 'leavePool', argument: 'serverId', kind: 'server', args: (serverId) => ({ serverId }) },
    { name: 'removeSiteServer', argument: 'siteId', kind: 'site', args: (siteId) => ({ siteId, serverId: tenants.serverId }) },
    { name: 'placeOrder', argument: 'input.siteId', kind: 'site', args: (siteId) => ({ input: { siteId } }) },
    {
      name: 'renewCertificate',
      argument: 'input.certificateId',
      kind: 'certificate',
      args: (certificateId) => ({ input: { certificateId } }),
    },
    {
      ...{ name: 'revokeCertificate', argument: 'input.certificateId', kind: 'certificate' },
      args: (certificateId) => ({ input: { certificateId, reason: 'KEY_COMPROMISE', evenIfServed: true } }),
    },
    {
      ...{ name: 'importCertificate', argument: 'input.siteId', kind: 'site' },
      args: (siteId) => ({ input: { siteId, ...somebodys() } }),
    },
    { name: 'repairFinding', argument: 'findingId', kind: 'finding', args: (findingId) => ({ findingId }) },
    { name: 'startCheck', argument: 'siteId', kind: 'site', args: (siteId) => ({ siteId }) },
    { name: 'revokeApiToken', argument: 'id', kind: 'token', args: (id) => ({ id }) },
  ];
  /** A site may be put on a server of an account above; see "a server of a stranger". */
  const OFFERED = ['createSite(input.serverId)', 'addSiteServer(serverId)', 'moveSite(serverId)', 'removeSiteServer(serverId)'];
  /** Asked after the server, which is not one's own either; see "a pool of a stranger". */
  const BEHIND = ['joinPool(poolId)'];
  /** Refused to whoever is no administrator before the id is looked at. */
  const ADMINISTRATORS = ['registerServer(input.hostId)', 'foundSites(serverId)'];

  it('every argument that names a thing has a row', () => {
    const { schema } = app.nest.get(GraphQLSchemaHost);
    const named = (field: GraphQLField<unknown, unknown>): string[] =>
      field.args.flatMap(({ name, type }) => {
        const inner = getNamedType(type);
        if (inner.name === 'ID') return [`${field.name}(${name})`];
        if (!('getFields' in inner)) return name === 'name' ? [`${field.name}(${name})`] : [];
        return Object.values(inner.getFields()).flatMap((part) =>
          getNamedType(part.type).name === 'ID' ? [`${field.name}(${name}.${part.name})`] : [],
        );
      });
    const operations = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.values(type!.getFields()),
    );
    const rows = [
      ...QUERIES.map(({ field, argument }) => `${field}(${argument})`),
      ...MUTATION_ROWS.map(({ name, argument }) => `${name}(${argument})`),
      ...[...SHARED, ...BY_NAME, ...FILTERS, ...OFFERED, ...BEHIND, ...ADMINISTRATORS, ...SUBSCRIPTIONS, ...PREVIEWS],
    ];
    expect(operations.flatMap(named).sort()).toEqual(rows.sort());
  });

  it('no field below the root names a thing: what is reached, is reached from what is one’s own', () => {
    const objects = Object.values(app.nest.get(GraphQLSchemaHost).schema.getTypeMap()).filter(isObjectType);
    const below = objects.filter(({ name }) => !name.startsWith('__') && !['Query', 'Mutation', 'Subscription'].includes(name));
    const named = below.flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => field.args.map((argument) => `${type.name}.${field.name}(${argument.name})`)),
    );
    expect(named.filter((argument) => !/\((first|after)\)$/.test(argument))).toEqual([]);
  });

  describe.each([
    ['a customer', () => tenants.alice.token],
    ['a reseller', () => tenants.ann.token],
  ])('what is not there, and what is a stranger’s, reads the same to %s', (_, token) => {
    it.each(QUERIES)('$field($argument)', async ({ field, argument, kind, shows = 'id' }) => {
      const document = `query ($id: ID!) { ${field}(${argument}: $id) { ${shows} } }`;
      const nobody = nobodys(kind);
      const strangers = await app.call(token(), document, { id: carls[kind] });
      expect(strangers.errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
      expect(withoutIds(strangers, [carls[kind]])).toEqual(withoutIds(await app.call(token(), document, { id: nobody }), [nobody]));
    });

    it.each(MUTATION_ROWS)('$name($argument)', async ({ name, kind, args }) => {
      const nobody = nobodys(kind);
      const before = await tables.counts();
      const strangers = await mutate(app, token(), name, args(carls[kind]));
      expect(strangers).toMatchObject({ type: 'NotFound', code: 'NOT_FOUND' });
      expect(withoutIds(strangers, [carls[kind]])).toEqual(withoutIds(await mutate(app, token(), name, args(nobody)), [nobody]));
      expect(await tables.counts()).toEqual(before);
    });

    it('siteByName', async () => {
      const read = async (name: string) => app.call(token(), 'query ($name: String!) { siteByName(name: $name) { id } }', { name });
      expect(await read(tenants.carl.name)).toEqual(await read('nobody.localhost'));
      expect((await read(tenants.alice.name)).data.siteByName.id).toBe(tenants.alice.siteId);
    });

    it('orders(filter.siteId)', async () => {
      const read = async (siteId: string) => {
        const query = 'query ($siteId: ID!) { orders(first: 9, filter: { siteId: $siteId }) { nodes { site { id } } } }';
        return (await app.call(token(), query, { siteId })).data.orders.nodes as { site: { id: string } }[];
      };
      expect([await read(carls.site), await read(nobodys('site'))]).toEqual([[], []]);
      expect(await read(tenants.alice.siteId)).toContainEqual({ site: { id: tenants.alice.siteId } });
    });

    it('findings(filter.siteId)', async () => {
      const read = async (siteId: string) => {
        const query = 'query ($siteId: ID!) { findings(first: 9, filter: { siteId: $siteId }) { nodes { siteId } } }';
        return (await app.call(token(), query, { siteId })).data.findings.nodes as { siteId: string }[];
      };
      expect([await read(carls.site), await read(nobodys('site'))]).toEqual([[], []]);
      expect(await read(tenants.alice.siteId)).toContainEqual({ siteId: tenants.alice.siteId });
    });

    it('checkProgress(checkId)', async () => {
      const follow = async (checkId: string) => {
        const [event] = await streamed(app, token(), 'subscription ($checkId: ID!) { checkProgress(checkId: $checkId) { id } }', {
          checkId,
        });
        return event;
      };
      const nobody = nobodys('check');
      const strangers = await follow(carls.check);
      expect(strangers.errors[0].extensions.code).toBe('NOT_FOUND');
      expect(withoutIds(strangers, [carls.check])).toEqual(withoutIds(await follow(nobody), [nobody]));
    });

    it.each([
      ['siteId', 'site', (id: string) => ({ siteId: id })],
      ['certificateId', 'certificate', (id: string) => ({ siteId: tenants.alice.siteId, certificateId: id })],
    ] as const)('previewBindings(input.%s)', async (_, kind, inputOf) => {
      const read = (id: string) =>
        app.call(token(), 'query ($input: PreviewBindingsInput!) { previewBindings(input: $input) { added { name } } }', {
          input: inputOf(id),
        });
      const nobody = nobodys(kind);
      const strangers = await read(carls[kind]);
      expect(strangers.errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
      expect(withoutIds(strangers, [carls[kind]])).toEqual(withoutIds(await read(nobody), [nobody]));
    });

    it('whoAnswers(name): that somebody answers is told, and nothing of who it is', async () => {
      const who = async (name: string) => {
        const query = `query ($id: ID!, $port: Int!, $name: String!) { whoAnswers(addressId: $id, port: $port, name: $name) {
          answer considered { name } site { id } binding { id name certificate { id } observation { id } } } }`;
        return (await app.call(token(), query, { id: carls.address, port: edge.listeners[0]!.httpsPort, name })).data.whoAnswers;
      };
      expect(await who(tenants.carl.name)).toEqual({ answer: 'ANOTHER_ACCOUNT', considered: [], site: null, binding: null });
      expect(await who(tenants.alice.name)).toMatchObject({ answer: 'SITE', site: { id: tenants.alice.siteId } });
    });

    it('the cursor that a stranger’s id makes tells nothing', async () => {
      const page = (id: string) => app.call(token(), `{ sites(first: 1, after: "${encodeCursor(id)}") { nodes { id } } }`);
      expect(await page(carls.site)).toMatchObject({ data: { sites: { nodes: [] } } });
    });
  });

  it('a server of an account that is not above is no server for a site', async () => {
    const elsewhere = nobodys('server');
    await tables.query(
      `INSERT INTO servers (id, account_id, name, kind, name_on_host, created_at) SELECT $1, $2, 'elsewhere', 'ANOTHER', 'another', created_at FROM servers WHERE id = $3`,
      [elsewhere, tenants.bob.accountId, tenants.serverId],
    );
    const create = (serverId: string) =>
      mutate(app, tenants.alice.token, 'createSite', { input: { serverId, names: ['shop.alice.localhost'] } });
    const nobody = nobodys('server');
    const strangers = await create(elsewhere);
    expect(strangers.type).toBe('NotFound');
    expect(withoutIds(strangers, [elsewhere])).toEqual(withoutIds(await create(nobody), [nobody]));
  });

  it('a server of a stranger is no further server of a site, and a pool of a stranger is none to join', async () => {
    const [elsewhere, own] = [await plantServer(tables, tenants.bob.accountId), await plantServer(tables, tenants.ann.accountId)];
    for (const [mine, theirs, nobody] of [
      [{ siteId: tenants.alice.siteId }, { serverId: elsewhere }, { serverId: nobodys('server') }],
      [{ serverId: own }, { poolId: carls.pool }, { poolId: nobodys('pool') }],
    ] as const) {
      const name = 'serverId' in theirs ? 'addSiteServer' : 'joinPool';
      const token = 'serverId' in theirs ? tenants.alice.token : tenants.ann.token;
      const ask = (other: object) => mutate(app, token, name, { ...mine, ...other });
      const strangers = await ask(theirs);
      expect(strangers.type).toBe('NotFound');
      expect(withoutIds(strangers, Object.values(theirs))).toEqual(withoutIds(await ask(nobody), Object.values(nobody)));
    }
  });

  describe('nested fields', () => {
    /** Everything that can be reached from everything that can be listed. */
    const EVERYTHING = `{
      accounts(first: 50) { nodes { id apiTokens(first: 20) { nodes { id } } } }
      domains(first: 50) { nodes { id account { id } } }
      hosts(first: 20) { nodes { id } }
      orders(first: 50) { nodes { id site { id } certificate { id } replaces { id } timeline { step } } }
    }`;
    const SERVED = `{
      certificates(first: 20) { nodes { id pem account { id } order { id site { id } } } }
      sites(first: 20) { nodes { id domain { id } account { id } latestOrder { id } orders(first: 5) { nodes { id } }
        bindings { id certificate { id } observation { id } } security { state findings { name } } servers { id lag { since } pool { id } } convergence { name shown { serial } }
        server { id addresses { id bindings(first: 5) { nodes { id name siteId } } } } } }
    }`;
    const TROUBLE = `{
      findings(first: 20) { nodes { id accountId site { id check { id } checks(first: 2) { nodes { id site { id } } } findings(first: 2) { nodes { id } } }
        repairs(first: 2) { nodes { id finding { id } } } } }
      alarms(first: 20) { nodes { id site { id } } }
    }`;
    const MAP = () => `{ sniMap(addressId: "${carls.address}") {
      address { id dedicated dedicatedTo } entries(first: 20) { nodes { id siteId name certificate { id account { id } } } }
      findings(first: 20) { code siteId name } findingCounts { kind count } } }`;
    const LOG = '{ auditLog(first: 100) { nodes { accountId tokenId } } }';

    it.each([
      ['everything listed', EVERYTHING],
      ['everything served', SERVED],
      ['everything that is wrong', TROUBLE],
      ['the map of a shared address', MAP],
      ['the audit log', LOG],
    ])('%s: a customer reads her own, her reseller the same, and neither anything of a stranger', async (_, asked) => {
      // Of everybody something is among the newest entries.
      for (const token of [tenants.alice.token, tenants.carl.token]) await mutate(app, token, 'cancelOrder', { id: nobodys('order') });
      const query = typeof asked === 'string' ? asked : asked();
      const texts = await Promise.all(
        [tenants.alice.token, tenants.ann.token].map(async (token) => {
          const answer = await app.call(token, query);
          expect(answer.errors).toBeUndefined();
          return JSON.stringify(answer.data);
        }),
      );
      const { server: _server, address: _address, pool: _pool, deployment: _deployment, ...foreign } = carls;
      const secret = [...Object.values(foreign), tenants.bob.accountId, tenants.carl.name];
      for (const text of texts) {
        expect(text).toContain(tenants.alice.accountId);
        for (const id of secret) expect(text).not.toContain(id);
      }
      expect(JSON.stringify((await app.call(app.adminToken, query)).data)).toContain(carls.account);
    });

    it('what was deployed on a shared server is its owner’s business', async () => {
      const query = `{ server(id: "${tenants.serverId}") { id deployments(first: 10) { nodes { id names evidence { name } } } } }`;
      const customers = await app.call(tenants.alice.token, query);
      expect(customers.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', subject: tenants.serverId });
      expect(JSON.stringify(customers)).not.toContain(tenants.carl.name);
      expect((await app.asAdmin(query)).server.deployments.nodes.length).toBeGreaterThan(0);
    });
  });

  it('an id of one kind is none of another', async () => {
    for (const kind of Object.keys(carls) as (keyof typeof carls)[]) {
      const answer = await app.call(app.adminToken, `{ site(id: "${kind === 'site' ? carls.order : carls[kind]}") { id } }`);
      expect(answer.errors?.[0]?.extensions['code']).toBe('NOT_AN_ID');
    }
    expect(Object.keys(carls).every((kind) => kind in ID_PREFIXES)).toBe(true);
  });
});
