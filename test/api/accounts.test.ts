import { createHash } from 'node:crypto';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { getNamedType, isLeafType, isObjectType, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST_KEY } from '../support/ssh/host-keys.js';
import { knownCa } from '../support/known-ca.js';
import { makeCa, type TestCertificate } from '../support/pki/certificates.js';
import { TOKEN_SCOPES, type TokenScope } from '../../src/values/actor.js';
import { days, hours, toIso, plus, type Duration } from '../../src/values/instant.js';
import { withAccountKey } from '../support/acme/account-key.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import {
  type Arguments,
  codesOf,
  documentOf,
  idOf,
  mutate,
  MUTATION_NAMES,
  type MutationName,
  MUTATIONS,
  type Outcome,
} from './every-mutation.js';
import { openTables, plantCertificate, plantFinding, plantHost, plantServer, type Tables } from './tables.js';
import { plantTenants, type Tenants } from './tenants.js';

describe('accounts and tokens', () => {
  let app: TestApp;
  let tables: Tables;
  let tenants: Tenants;
  let certificateId: string;
  let findingId: string;
  let alices: TestCertificate;
  let serverId: string;
  let poolId: string;
  let plantedId: string;
  /** Things that are there to be taken away, or moved. */
  let idle: Record<'server' | 'site' | 'domain' | 'address' | 'moving' | 'draining' | 'stays', string>;
  beforeAll(async () => {
    const ca = await makeCa();
    app = await startTestApp({ issuers: (usual) => [...usual, knownCa(usual[0]!, ca), withAccountKey(usual[0]!, 'with-key')] });
    tables = await openTables(app);
    tenants = await plantTenants(app);
    alices = await ca.issue({ names: [tenants.alice.name] });
    certificateId = await plantCertificate(tables, tenants.carl.orderId);
    findingId = await plantFinding(tables, tenants.alice.siteId);
    await plantServer(tables, app.admin.accountId); // the oldest: where sites are put by default
    serverId = await plantServer(tables, app.admin.accountId);
    plantedId = await plantServer(tables, app.admin.accountId);
    const input = { serverId: plantedId, ip: '192.0.2.99', httpPort: 80, httpsPort: 443 };
    idOf(await mutate(app, app.adminToken, 'addAddress', { input }));
    const site = async (name: string) => idOf(await mutate(app, app.adminToken, 'createSite', { input: { names: [`${name}.localhost`] } }));
    idle = {
      server: await plantServer(tables, app.admin.accountId),
      domain: idOf(await mutate(app, app.adminToken, 'addDomain', { input: { name: 'idle.example' } })),
      address: idOf(await mutate(app, app.adminToken, 'addAddress', { input: { ...input, ip: '192.0.2.98' } })),
      ...{ site: await site('idle'), moving: await site('moving'), draining: await site('draining'), stays: await site('stays') },
    };
    for (const siteId of [idle.moving, idle.draining]) idOf(await mutate(app, app.adminToken, 'moveSite', { siteId, serverId: plantedId }));
    await tables.query(`UPDATE site_moves SET state = 'DRAINING' WHERE site_id = $1`, [idle.draining]);
    poolId = idOf(await mutate(app, app.adminToken, 'createPool', { input: { name: 'pool' } }));
    idOf(await mutate(app, app.adminToken, 'joinPool', { serverId, poolId }));
    idOf(await mutate(app, app.adminToken, 'addSiteServer', { siteId: tenants.alice.siteId, serverId }));
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });

  const newAccount = (by: string, kind: string, parentId?: string) =>
    mutate(app, by, 'createAccount', { input: { kind, name: 'new', ...(parentId && { parentId }) } });
  const inTime = (span: Duration) => toIso(plus(app.clock.now(), span));
  const newToken = (by: string, scopes: readonly string[], more: Arguments = {}, key = freshKey()) =>
    mutate(app, by, 'createApiToken', { input: { name: 'ci', scopes, expiresAt: inTime(days(1)), ...more } }, key);
  const me = async (token: string) => {
    const answer = await app.call(token, '{ me { id kind parentId } }');
    return answer.status === 200 ? answer.data.me : answer.errors?.[0]?.extensions['code'];
  };

  describe('the tree', () => {
    it('an administrator makes resellers and customers, a reseller customers, and each stands below its maker', async () => {
      expect(await me(tenants.ann.token)).toMatchObject({ kind: 'RESELLER', parentId: app.admin.accountId });
      expect(await me(tenants.alice.token)).toMatchObject({ kind: 'CUSTOMER', parentId: tenants.ann.accountId });
    });

    const refused: { name: string; by: () => string; kind: string; parent?: () => string; codes: string[] }[] = [
      { name: 'a reseller below a reseller', by: () => tenants.ann.token, kind: 'RESELLER', codes: ['WRONG_PARENT'] },
      { name: 'a customer below a customer', by: () => tenants.alice.token, kind: 'CUSTOMER', codes: ['WRONG_PARENT'] },
      {
        name: "a customer below another reseller's",
        by: () => tenants.ann.token,
        kind: 'CUSTOMER',
        parent: () => tenants.bob.accountId,
        codes: ['NOT_FOUND'],
      },
      {
        name: 'a customer below the account above',
        by: () => tenants.ann.token,
        kind: 'CUSTOMER',
        parent: () => app.admin.accountId,
        codes: ['NOT_FOUND'],
      },
      { name: 'another administrator', by: () => app.adminToken, kind: 'ADMIN', codes: ['INVALID_INPUT'] },
    ];
    it.each(refused)('$name is refused: $codes', async ({ by, kind, parent, codes }) => {
      expect(codesOf(await newAccount(by(), kind, parent?.()))).toEqual(codes);
    });

    it('everyone sees themselves and all below, and nobody else', async () => {
      const seen = async (token: string) => {
        const answer = await app.call(token, '{ accounts(first: 100) { nodes { id } } }');
        return answer.data.accounts.nodes.map(({ id }: { id: string }) => id);
      };
      expect(await seen(tenants.alice.token)).toEqual([tenants.alice.accountId]);
      const below = await seen(tenants.ann.token);
      expect(below).toEqual(expect.arrayContaining([tenants.ann.accountId, tenants.alice.accountId]));
      expect(below).not.toContain(tenants.carl.accountId);
      expect(await seen(app.adminToken)).toEqual(
        expect.arrayContaining([app.admin.accountId, tenants.ann.accountId, tenants.carl.accountId]),
      );
    });
  });

  describe('scopes', () => {
    const inputs: Record<MutationName, () => Arguments> = {
      addAddress: () => ({ input: { serverId: tenants.serverId, ip: '192.0.2.77', httpPort: 80, httpsPort: 443 } }),
      addDomain: () => ({ input: { name: 'scopes.example' } }),
      addSiteServer: () => ({ siteId: tenants.alice.siteId, serverId }),
      cancelOrder: () => ({ id: tenants.alice.orderId }),
      changeAccountKey: () => ({ input: { issuerId: 'with-key' } }),
      createAccount: () => ({ input: { kind: 'CUSTOMER', name: 'x' } }),
      createApiToken: () => ({ input: { name: 'x', scopes: ['WRITE_ACCOUNTS'], expiresAt: inTime(days(1)) } }),
      createPool: () => ({ input: { name: 'x' } }),
      createSite: () => ({ input: { names: ['localhost'] } }),
      deleteServer: () => ({ serverId: idle.server }),
      deleteSite: () => ({ siteId: idle.site, evenIfServed: true }),
      joinPool: () => ({ serverId, poolId }),
      leavePool: () => ({ serverId }),
      cancelMove: () => ({ siteId: idle.moving }),
      finishMove: () => ({ siteId: idle.draining }),
      moveSite: () => ({ siteId: idle.stays, serverId: plantedId }),
      placeOrder: () => ({ input: { siteId: tenants.alice.siteId } }),
      registerHost: () => ({ input: { name: 'x', address: '192.0.2.1', port: 22, user: 'hostseal' } }),
      pinHostKey: () => ({ input: { hostId: 'hos_01kh2a0000000000000000000z', hostKey: HOST_KEY } }),
      registerServer: () => ({ input: { name: 'x', kind: 'EMBEDDED_EDGE' } }),
      setProductIssuer: () => ({ input: { product: 'dv', issuerId: 'local-ca' } }),
      removeAddress: () => ({ addressId: idle.address, evenIfServed: true }),
      removeDomain: () => ({ domainId: idle.domain }),
      removeSiteServer: () => ({ siteId: tenants.alice.siteId, serverId }),
      renewCertificate: () => ({ input: { certificateId } }),
      importCertificate: () => ({ input: { siteId: tenants.alice.siteId, chain: alices.chainPem, privateKey: alices.keyPem } }),
      revokeCertificate: () => ({ input: { certificateId, reason: 'SUPERSEDED' } }),
      repairFinding: () => ({ findingId }),
      startCheck: () => ({ siteId: tenants.alice.siteId }),
      revokeApiToken: () => ({ id: 'tok_01kh2a0000000000000000000z' }),
    };
    it.each(MUTATION_NAMES)('%s is refused without its scope, which the refusal names', async (name) => {
      const { scope } = MUTATIONS[name];
      const token = await app.tokenFor(
        app.admin.accountId,
        TOKEN_SCOPES.filter((other) => other !== scope && other !== 'READ').concat('READ'),
      );
      const refusal = await mutate(app, token, name, inputs[name]());
      expect(refusal).toMatchObject({ type: 'NotAllowed', code: 'NOT_ALLOWED' });
      expect(refusal.message).toContain(scope);
    });

    it.each([
      'me',
      'accounts',
      'alarms',
      'auditLog',
      'certificates',
      'domains',
      'findings',
      'hosts',
      'issuerAccounts',
      'issuers',
      'orders',
      'pools',
      'products',
      'servers',
      'sites',
    ])('the query %s is refused without READ', async (field) => {
      const token = await app.tokenFor(app.admin.accountId, ['WRITE_ORDERS']);
      const list = !['me', 'issuerAccounts', 'issuers', 'products'].includes(field);
      const answer = await app.call(token, `{ ${field}${list ? '(first: 1) { nodes { id } }' : ' { id }'} }`);
      expect(answer.errors?.[0]).toMatchObject({ message: expect.stringContaining('READ'), extensions: { code: 'NOT_ALLOWED' } });
    });

    /** Fields of what a mutation makes that are a part of it, though they have fields of their own. */
    const PARTS = [
      'Address.mailPorts',
      'Certificate.renewal',
      'Check.addresses',
      'Certificate.revocation',
      'Host.pinned',
      'Host.problem',
      'Order.price',
      'Order.problem',
      'Product.price',
    ];
    it.each(MUTATION_NAMES)('without READ, %s shows what it made, and nothing that leads on from there', async (name) => {
      const type = `${name[0]!.toUpperCase()}${name.slice(1)}Success`;
      const { schema } = app.nest.get(GraphQLSchemaHost);
      const success = schema.getType(type) as GraphQLObjectType;
      const made = getNamedType(success.getFields()[MUTATIONS[name].made]!.type) as GraphQLObjectType;
      const token = await app.tokenFor(app.admin.accountId, [MUTATIONS[name].scope]);
      const id = name === 'revokeApiToken' && idOf(await newToken(app.adminToken, ['READ']));
      if (name === 'registerServer') await tables.query('UPDATE servers SET name_on_host = id'); // a machine has one of a name
      const pin = name === 'pinHostKey' && { input: { hostId: await plantHost(tables, app.admin.accountId), hostKey: HOST_KEY } };
      const args = { ...inputs[name](), ...(id && { id }), ...pin, key: freshKey() };
      // With one key: from the second on they are replays.
      const show = (selection: string) => app.call(token, documentOf(name).replace('{ id }', `{ ${selection} }`), args);
      for (const field of Object.values(made.getFields())) {
        const inner = getNamedType(field.type);
        const asked = `${field.name}${field.args.length > 0 ? '(first: 1)' : ''}${isObjectType(inner) ? ' { __typename }' : ''}`;
        const { data, errors } = await show(asked);
        const shown = isLeafType(inner) || PARTS.includes(`${made.name}.${field.name}`);
        if (shown) expect(data?.[name], asked).toMatchObject({ __typename: type });
        // An order has no certificate yet: what leads nowhere is null.
        else if (!errors) expect(data[name].made[field.name], asked).toBeNull();
        else expect(errors[0], asked).toMatchObject({ message: expect.stringContaining('READ'), extensions: { code: 'NOT_ALLOWED' } });
      }
    });

    it('a token makes no token that may do more than itself', async () => {
      const scopes: TokenScope[] = ['READ', 'WRITE_ACCOUNTS'];
      const token = await app.tokenFor(tenants.ann.accountId, scopes);
      expect(codesOf(await newToken(token, ['READ', 'WRITE_ORDERS']))).toEqual(['NOT_ALLOWED']);
      expect((await newToken(token, scopes)).type).toBe('CreateApiTokenSuccess');
    });
  });

  describe('a token that a token made', () => {
    const ALL = ['READ', 'WRITE_ACCOUNTS'];

    it('does not outlive its maker, whichever account it is for', async () => {
      const maker = (await newToken(tenants.ann.token, ALL, { expiresAt: inTime(hours(3)) })).secret!;
      const { accountId } = tenants.alice;
      expect(codesOf(await newToken(maker, ['READ'], { accountId, expiresAt: inTime(hours(4)) }))).toEqual(['OUTLIVES_ITS_MAKER']);
      expect((await newToken(maker, ['READ'], { accountId, expiresAt: inTime(hours(2)) })).type).toBe('CreateApiTokenSuccess');
    });

    it('ends with its maker, and those that it made with it; others stay', async () => {
      const maker = await newToken(tenants.ann.token, ALL);
      const made = await newToken(maker.secret!, ALL, { accountId: tenants.alice.accountId, expiresAt: inTime(hours(20)) });
      const madeByThat = await newToken(made.secret!, ['READ'], { expiresAt: inTime(hours(19)) });
      expect(await me(madeByThat.secret!)).toMatchObject({ id: tenants.alice.accountId });
      await mutate(app, tenants.ann.token, 'revokeApiToken', { id: idOf(maker) });
      expect(await Promise.all([maker, made, madeByThat].map(({ secret }) => me(secret!)))).toEqual(Array(3).fill('UNAUTHENTICATED'));
      expect(await me(tenants.ann.token)).toMatchObject({ id: tenants.ann.accountId });
    });

    it('none is left that was being made while its maker, or his, was revoked', async () => {
      const maker = await newToken(tenants.ann.token, ALL);
      const made = await newToken(maker.secret!, ALL, { expiresAt: inTime(hours(20)) });
      const makeSome = [maker, made].flatMap(({ secret }) =>
        Array.from({ length: 8 }, () => newToken(secret!, ['READ'], { expiresAt: inTime(hours(19)) })),
      );
      const revoke = () => mutate(app, tenants.ann.token, 'revokeApiToken', { id: idOf(maker) });
      const [ends, ...answers] = await Promise.all([Promise.all([revoke(), revoke()]), ...makeSome]);
      expect(ends.map(({ id }) => id)).toEqual([maker.id, maker.id]);
      for (const { secret, code } of answers) expect(secret ? await me(secret) : code).toBe('UNAUTHENTICATED');
    });

    it('is refused where its account has a hundred already, until one of them ends', async () => {
      await tables.query(
        `INSERT INTO api_tokens (id, account_id, name, hash, scopes, created_at, expires_at)
         SELECT 'tok_many' || n, $1, 'many', sha256(n::text::bytea), '{READ}', now(), now() + interval '1 year' FROM generate_series(1, 99) n`,
        [tenants.carl.accountId],
      );
      const more = () => newToken(app.adminToken, ['READ'], { accountId: tenants.carl.accountId });
      expect(await more()).toMatchObject({ type: 'Conflict', code: 'TOKEN_LIMIT_REACHED', message: expect.stringContaining('100') });
      await tables.query(`UPDATE api_tokens SET expires_at = now() WHERE id = 'tok_many1'`);
      expect((await more()).type).toBe('CreateApiTokenSuccess');
      expect(codesOf(await more())).toEqual(['TOKEN_LIMIT_REACHED']);
      await tables.query(`UPDATE api_tokens SET revoked_at = now() WHERE id IN ('tok_many2', 'tok_many3', 'tok_many4')`);
      const atOnce = await Promise.all(Array.from({ length: 10 }, more));
      expect(atOnce.flatMap(codesOf)).toEqual(Array(7).fill('TOKEN_LIMIT_REACHED'));
      await tables.query(`DELETE FROM api_tokens WHERE id LIKE 'tok_many%'`);
    });
  });

  describe('the life of a token', () => {
    const untilDead = async (made: Outcome, end: () => Promise<unknown>) => {
      expect(await me(made.secret!)).toMatchObject({ id: tenants.ann.accountId });
      await end();
      return me(made.secret!);
    };

    it('it is shown once: a replay of its making has its id and not the token', async () => {
      const expiresAt = inTime(days(3));
      const key = freshKey();
      const first = await newToken(tenants.ann.token, ['READ'], { expiresAt }, key);
      expect(first).toMatchObject({ replayed: false, secret: expect.stringMatching(/^hst_[\w-]{43}$/) });
      expect(await newToken(tenants.ann.token, ['READ'], { expiresAt }, key)).toMatchObject({ id: first.id, replayed: true, secret: null });
    });

    it('only its hash is in the database, and the token itself is in no log', async () => {
      const { id, secret } = await newToken(tenants.ann.token, ['READ']);
      const [row] = await tables.query<{ hash: Buffer }>('SELECT hash FROM api_tokens WHERE id = $1', [id]);
      expect(row?.hash).toEqual(createHash('sha256').update(secret!).digest());
      const dump = await tables.dump();
      expect(dump).toContain(id);
      expect(dump).not.toContain(secret!.slice(4));
      expect(app.log()).not.toContain(secret!.slice(4));
    });

    it('revoked, it is dead at once, and revoking it again is fine', async () => {
      const made = await newToken(tenants.ann.token, ['READ']);
      const revoke = () => mutate(app, tenants.ann.token, 'revokeApiToken', { id: idOf(made) });
      expect(await untilDead(made, revoke)).toBe('UNAUTHENTICATED');
      expect(await revoke()).toMatchObject({ id: made.id, replayed: false });
    });

    it('it may revoke itself', async () => {
      const { id, secret } = await newToken(tenants.ann.token, ['READ', 'WRITE_ACCOUNTS']);
      expect(await mutate(app, secret!, 'revokeApiToken', { id })).toMatchObject({ id });
      expect(await me(secret!)).toBe('UNAUTHENTICATED');
    });

    it.each([
      ['unknown', `hst_${'A'.repeat(43)}`],
      ['empty', ''],
      ['in another shape', 'a b'],
      ['10,000 characters long', 'A'.repeat(10_000)],
      ['missing', undefined],
    ])('a token that is %s is told what to send, and the audit log stays as it was', async (_, token) => {
      const before = await tables.query('SELECT count(*) FROM audit_entries');
      const answer = await app.call(token, '{ me { id } }');
      expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(await tables.query('SELECT count(*) FROM audit_entries')).toEqual(before);
    });

    it('its page shows those that ended, with their ends', async () => {
      const { id } = await newToken(tenants.bob.token, ['READ']);
      await mutate(app, tenants.bob.token, 'revokeApiToken', { id });
      const { me: bob } = (await app.call(tenants.bob.token, '{ me { apiTokens(first: 100) { nodes { id revokedAt } } } }')).data;
      expect(bob.apiTokens.nodes).toContainEqual({ id, revokedAt: expect.any(String) });
    });

    it('expired, it is dead, and its making is replayed all the same: the last test, since time goes on for all tokens', async () => {
      const [key, expiresAt] = [freshKey(), inTime(hours(2))];
      const made = await newToken(tenants.ann.token, ['READ'], { expiresAt }, key);
      expect(await untilDead(made, async () => app.clock.advance(hours(2)))).toBe('UNAUTHENTICATED');
      expect(await newToken(tenants.ann.token, ['READ'], { expiresAt }, key)).toMatchObject({ id: made.id, replayed: true, secret: null });
      expect(codesOf(await newToken(tenants.ann.token, ['READ'], { expiresAt }))).toEqual(['IN_THE_PAST']);
    });
  });
});
