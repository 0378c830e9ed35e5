import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForgetCallsJob } from '../../src/platform/mutations/forget-calls.job.js';
import { days, plus, toIso } from '../../src/values/instant.js';
import { withAccountKey } from '../support/acme/account-key.js';
import { knownCa } from '../support/known-ca.js';
import { makeCa, type TestCa } from '../support/pki/certificates.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { ANOTHER_HOST_KEY, HOST_KEY } from '../support/ssh/host-keys.js';
import { codesOf, idOf, mutate, MUTATION_NAMES, type Arguments, type MutationName } from './every-mutation.js';
import { openTables, plantCertificate, plantFinding, plantServer, type Tables } from './tables.js';
import { plantMember, plantTenants, type Tenants } from './tenants.js';

describe('a state-changing call happens once', () => {
  let app: TestApp;
  let tables: Tables;
  let tenants: Tenants;
  let expiresAt: string;
  let ca: TestCa;
  beforeAll(async () => {
    ca = await makeCa();
    app = await startTestApp({
      issuers: (usual) => [
        ...usual,
        knownCa(usual[0]!, ca),
        withAccountKey(usual[0]!, 'with-key-1'),
        withAccountKey(usual[0]!, 'with-key-2'),
      ],
    });
    tables = await openTables(app);
    tenants = await plantTenants(app);
    expiresAt = toIso(plus(app.clock.now(), days(1)));
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });

  /** As the administrator: two inputs for each, of which the second is another intent. Each call of `of` makes fresh ones. */
  let made = 0;
  const fresh = () => `n${++made}`;
  const token = async () =>
    idOf(await mutate(app, app.adminToken, 'createApiToken', { input: { name: fresh(), scopes: ['READ'], expiresAt } }));
  const site = async () => idOf(await mutate(app, app.adminToken, 'createSite', { input: { names: [`${fresh()}.localhost`] } }));
  const order = async () => idOf(await mutate(app, app.adminToken, 'placeOrder', { input: { siteId: await site() } }));
  const server = () => plantServer(tables, app.admin.accountId);
  const address = async () => {
    const input = { serverId: await server(), ip: '192.0.2.1', httpPort: 80, httpsPort: 443 };
    return idOf(await mutate(app, app.adminToken, 'addAddress', { input }));
  };
  const domain = async () => idOf(await mutate(app, app.adminToken, 'addDomain', { input: { name: `${fresh()}.example` } }));
  const listening = async () => {
    const serverId = await server();
    idOf(await mutate(app, app.adminToken, 'addAddress', { input: { serverId, ip: '192.0.2.1', httpPort: 80, httpsPort: 443 } }));
    return serverId;
  };
  const moving = async (state = 'PREPARING') => {
    const siteId = await site();
    idOf(await mutate(app, app.adminToken, 'moveSite', { siteId, serverId: await listening() }));
    await tables.query(`UPDATE site_moves SET state = $2, leaving = added WHERE site_id = $1`, [siteId, state]);
    return siteId;
  };
  const pool = async () => idOf(await mutate(app, app.adminToken, 'createPool', { input: { name: fresh() } }));
  const member = async () => {
    const serverId = await server();
    return idOf(await mutate(app, app.adminToken, 'joinPool', { serverId, poolId: await pool() }));
  };
  const finding = () => plantFinding(tables, tenants.alice.siteId);
  const certificate = async () => plantCertificate(tables, await order());
  const INPUTS: Record<MutationName, () => Promise<[Arguments, Arguments]>> = {
    addAddress: async () => {
      const input = { serverId: tenants.serverId, ip: `192.0.2.${++made}`, httpPort: 80, httpsPort: 443 };
      return [{ input }, { input: { ...input, httpsPort: 8443 } }];
    },
    addDomain: async () => [{ input: { name: `${fresh()}.example` } }, { input: { name: `${fresh()}.example` } }],
    addSiteServer: async () => {
      const siteId = await site();
      return [
        { siteId, serverId: await server() },
        { siteId, serverId: await server() },
      ];
    },
    cancelOrder: async () => [{ id: await order() }, { id: await order() }],
    changeAccountKey: async () => [{ input: { issuerId: 'with-key-1' } }, { input: { issuerId: 'with-key-2' } }],
    createAccount: async () => [{ input: { kind: 'CUSTOMER', name: fresh() } }, { input: { kind: 'RESELLER', name: fresh() } }],
    createApiToken: async () => {
      const input = { name: fresh(), scopes: ['READ'], expiresAt };
      return [{ input }, { input: { ...input, scopes: ['READ', 'WRITE_SITES'] } }];
    },
    createPool: async () => [{ input: { name: fresh() } }, { input: { name: fresh() } }],
    createSite: async () => [{ input: { names: [`${fresh()}.localhost`] } }, { input: { names: [`${fresh()}.localhost`] } }],
    importCertificate: async () => {
      const names = [`${fresh()}.localhost`];
      const siteId = idOf(await mutate(app, app.adminToken, 'createSite', { input: { names } }));
      const brought = async () => {
        const { chainPem: chain, keyPem: privateKey } = await ca.issue({ names });
        return { input: { siteId, chain, privateKey } };
      };
      return [await brought(), await brought()];
    },
    deleteServer: async () => [{ serverId: await server() }, { serverId: await server() }],
    deleteSite: async () => [
      { siteId: await site(), evenIfServed: false },
      { siteId: await site(), evenIfServed: false },
    ],
    joinPool: async () => {
      const serverId = await server();
      return [
        { serverId, poolId: await pool() },
        { serverId, poolId: await pool() },
      ];
    },
    leavePool: async () => [{ serverId: await member() }, { serverId: await member() }],
    cancelMove: async () => [{ siteId: await moving() }, { siteId: await moving() }],
    finishMove: async () => [{ siteId: await moving('DRAINING') }, { siteId: await moving('DRAINING') }],
    moveSite: async () => {
      const siteId = await site();
      return [
        { siteId, serverId: await listening() },
        { siteId, serverId: await listening() },
      ];
    },
    placeOrder: async () => {
      const input = { siteId: await site() };
      return [{ input }, { input: { ...input, keyAlgorithm: 'RSA_2048' } }];
    },
    registerHost: async () => {
      const input = { name: fresh(), address: `192.0.2.${++made}`, port: 22, user: 'hostseal' };
      return [{ input }, { input: { ...input, port: 2222 } }];
    },
    pinHostKey: async () => {
      const host = { name: fresh(), address: `192.0.2.${++made}`, port: 22, user: 'hostseal' };
      const hostId = idOf(await mutate(app, app.adminToken, 'registerHost', { input: host }));
      return [{ input: { hostId, hostKey: HOST_KEY } }, { input: { hostId, hostKey: ANOTHER_HOST_KEY } }];
    },
    registerServer: async () => {
      await tables.query(`UPDATE servers SET kind = 'GONE', name_on_host = id`); // the edge is one server: those before make room
      const input = { name: fresh(), kind: 'EMBEDDED_EDGE' };
      return [{ input }, { input: { ...input, name: fresh() } }];
    },
    setProductIssuer: async () => [{ input: { product: 'dv', issuerId: 'local-ca' } }, { input: { product: 'dv', issuerId: null } }],
    removeAddress: async () => [
      { addressId: await address(), evenIfServed: false },
      { addressId: await address(), evenIfServed: false },
    ],
    removeDomain: async () => [{ domainId: await domain() }, { domainId: await domain() }],
    removeSiteServer: async () => {
      const siteId = await site();
      const [one, other] = [await server(), await server()];
      for (const serverId of [one, other]) idOf(await mutate(app, app.adminToken, 'addSiteServer', { siteId, serverId }));
      return [
        { siteId, serverId: one },
        { siteId, serverId: other },
      ];
    },
    renewCertificate: async () => [{ input: { certificateId: await certificate() } }, { input: { certificateId: await certificate() } }],
    revokeCertificate: async () => {
      const input = { certificateId: await certificate(), reason: 'SUPERSEDED' };
      return [{ input }, { input: { ...input, reason: 'KEY_COMPROMISE' } }];
    },
    repairFinding: async () => [{ findingId: await finding() }, { findingId: await finding() }],
    revokeApiToken: async () => [{ id: await token() }, { id: await token() }],
    startCheck: async () => [{ siteId: tenants.alice.siteId }, { siteId: tenants.carl.siteId }],
  };

  it('every mutation of the schema is in the table, and takes a key', () => {
    const fields = Object.values(app.nest.get(GraphQLSchemaHost).schema.getMutationType()!.getFields());
    expect(fields.map(({ name }) => name).sort()).toEqual([...MUTATION_NAMES].sort());
    const keys = fields.map(({ args }) => String(args.find(({ name }) => name === 'idempotencyKey')?.type));
    expect(new Set(keys)).toEqual(new Set(['String!']));
  });

  describe.each(MUTATION_NAMES)('%s', (name) => {
    it('called again with the same key and input, it answers with what the first call made, and makes nothing', async () => {
      const [input] = await INPUTS[name]();
      const key = freshKey();
      const first = await mutate(app, app.adminToken, name, input, key);
      expect(first).toMatchObject({ id: expect.any(String), replayed: false });
      const after = await tables.counts();
      expect(await mutate(app, app.adminToken, name, input, key)).toMatchObject({ id: first.id, replayed: true });
      expect(await tables.counts()).toEqual(after);
      expect(await tables.lastAudit(app.admin.accountId)).toMatchObject({ outcome: 'REPLAYED', subject: first.id });
    });

    it('with the same key and another input it is a conflict, and changes nothing', async () => {
      const [input, other] = await INPUTS[name]();
      const key = freshKey();
      await mutate(app, app.adminToken, name, input, key);
      const after = await tables.counts();
      expect(await mutate(app, app.adminToken, name, other, key)).toMatchObject({ type: 'Conflict', code: 'IDEMPOTENCY_KEY_REUSED' });
      expect(await tables.counts()).toEqual(after);
    });

    it('twenty at once with one key do it once', async () => {
      const [input] = await INPUTS[name]();
      const key = freshKey();
      const before = await tables.counts();
      const answers = await Promise.all(Array.from({ length: 20 }, () => mutate(app, app.adminToken, name, input, key)));
      expect(new Set(answers.map(idOf)).size).toBe(1);
      expect(answers.filter(({ replayed }) => replayed === false)).toHaveLength(1);
      const grown = Object.entries(await tables.counts()).filter(([table, count]) => count !== before[table]);
      // Of what is taken away, one is less.
      expect(grown.every(([table, count]) => Math.abs(count - before[table]!) === 1)).toBe(true);
    });
  });

  it('the same key is another one for another account', async () => {
    const key = freshKey();
    const a = await mutate(app, tenants.ann.token, 'createAccount', { input: { kind: 'CUSTOMER', name: 'one' } }, key);
    const b = await mutate(app, tenants.bob.token, 'createAccount', { input: { kind: 'CUSTOMER', name: 'two' } }, key);
    expect([a.replayed, b.replayed]).toEqual([false, false]);
    expect(a.id).not.toBe(b.id);
  });

  it('the same key is used up for every mutation of the account', async () => {
    const key = freshKey();
    await mutate(app, app.adminToken, 'startCheck', { siteId: tenants.alice.siteId }, key);
    expect(codesOf(await mutate(app, app.adminToken, 'cancelOrder', { id: await order() }, key))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  });

  it('the same intent in other words is the same: order of fields, either form of IDN, upper case', async () => {
    const key = freshKey();
    const add = (name: string) => mutate(app, app.adminToken, 'addDomain', { input: { name } }, key);
    const first = await add('Bücher.example');
    for (const name of ['xn--bcher-kva.example', 'BÜCHER.EXAMPLE.', ' bücher.example '])
      expect(await add(name)).toMatchObject({ id: first.id, replayed: true });
  });

  it('a key is new again when it was used long ago', async () => {
    const [key, kept] = [freshKey(), freshKey()];
    const add = (name: string, by: string) => mutate(app, app.adminToken, 'addDomain', { input: { name } }, by);
    await add('old.example', key);
    await add('young.example', kept);
    await tables.query(`UPDATE idempotency_claims SET at = at - interval '91 days' WHERE key = $1`, [key]);
    await app.nest.get(ForgetCallsJob).handle();
    expect(await add('new.example', key)).toMatchObject({ replayed: false });
    expect(await add('young.example', kept)).toMatchObject({ replayed: true });
  });

  it('a call that was refused used no key up', async () => {
    const key = freshKey();
    const create = () => mutate(app, app.adminToken, 'createSite', { input: { names: ['later.example'] } }, key);
    expect(codesOf(await create())).toEqual(['NAME_NOT_COVERED']);
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'later.example' } });
    expect(await create()).toMatchObject({ replayed: false });
  });

  it.each([
    ['empty', ''],
    ['7 characters', 'a'.repeat(7)],
    ['129 characters', 'a'.repeat(129)],
    ['with a space', 'aaaa aaaa'],
    ['with a NUL', 'aaaa\0aaaa'],
    ['not ASCII', 'schlüssel-1'],
  ])('a key that is %s is refused by name', async (_, key) => {
    const refused = await mutate(app, app.adminToken, 'createAccount', { input: { kind: 'CUSTOMER', name: 'x' } }, key);
    expect(refused).toMatchObject({ type: 'InvalidInput', code: 'NOT_AN_IDEMPOTENCY_KEY', subject: 'idempotencyKey' });
  });

  it('of ten that want one name at once, one gets it, and the others are told that it is in use', async () => {
    const members = await Promise.all(Array.from({ length: 10 }, (_, i) => plantMember(app, app.adminToken, 'CUSTOMER', `m${i}`)));
    const answers = await Promise.all(
      members.map((member) => mutate(app, member.token, 'addDomain', { input: { name: 'wanted.example' } })),
    );
    expect(answers.filter(({ type }) => type === 'AddDomainSuccess')).toHaveLength(1);
    expect(answers.filter(({ type, code }) => type === 'Conflict' && code === 'NAME_IN_USE')).toHaveLength(9);
  });

  it('of ten sites with one name at once, one is made', async () => {
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'sites.example' } });
    const names = (i: number) => (i % 2 ? ['a.sites.example', 'b.sites.example'] : ['b.sites.example', 'a.sites.example']);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => mutate(app, app.adminToken, 'createSite', { input: { names: names(i) } })),
    );
    expect(answers.filter(({ type }) => type === 'CreateSiteSuccess')).toHaveLength(1);
    expect(new Set(answers.filter(({ type }) => type === 'Conflict').flatMap(codesOf))).toEqual(new Set(['NAME_IN_USE']));
  });
});
