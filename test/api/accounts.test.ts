import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_SCOPES, type TokenScope } from '../../src/values/actor.js';
import { days, hours, toIso, plus, type Duration } from '../../src/values/instant.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { codesOf, idOf, MUTATION_NAMES, MUTATIONS, mutate, type Arguments, type MutationName, type Outcome } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';
import { plantTenants, type Tenants } from './tenants.js';

describe('accounts and tokens', () => {
  let app: TestApp;
  let tables: Tables;
  let tenants: Tenants;
  beforeAll(async () => {
    app = await startTestApp();
    tables = await openTables(app);
    tenants = await plantTenants(app);
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
      cancelOrder: () => ({ id: tenants.alice.orderId }),
      checkSite: () => ({ siteId: tenants.alice.siteId }),
      createAccount: () => ({ input: { kind: 'CUSTOMER', name: 'x' } }),
      createApiToken: () => ({ input: { name: 'x', scopes: ['READ'], expiresAt: inTime(days(1)) } }),
      createSite: () => ({ input: { names: ['localhost'] } }),
      placeOrder: () => ({ input: { siteId: tenants.alice.siteId } }),
      registerServer: () => ({ input: { name: 'x', kind: 'EMBEDDED_EDGE' } }),
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

    it.each(['me', 'accounts', 'auditLog', 'certificates', 'domains', 'orders', 'products', 'servers', 'sites'])(
      'the query %s is refused without READ',
      async (field) => {
        const token = await app.tokenFor(app.admin.accountId, ['WRITE_ORDERS']);
        const list = field !== 'me' && field !== 'products';
        const answer = await app.call(token, `{ ${field}${list ? '(first: 1) { nodes { id } }' : ' { id }'} }`);
        expect(answer.errors?.[0]).toMatchObject({ message: expect.stringContaining('READ'), extensions: { code: 'NOT_ALLOWED' } });
      },
    );

    it('what a token may write it may read in the answer', async () => {
      const token = await app.tokenFor(tenants.alice.accountId, ['WRITE_SITES']);
      expect(await mutate(app, token, 'checkSite', { siteId: tenants.alice.siteId })).toMatchObject({ id: tenants.alice.siteId });
    });

    it('a token makes no token that may do more than itself', async () => {
      const scopes: TokenScope[] = ['READ', 'WRITE_ACCOUNTS'];
      const token = await app.tokenFor(tenants.ann.accountId, scopes);
      expect(codesOf(await newToken(token, ['READ', 'WRITE_ORDERS']))).toEqual(['NOT_ALLOWED']);
      expect((await newToken(token, scopes)).type).toBe('CreateApiTokenSuccess');
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
      ['a megabyte long', 'A'.repeat(10_000)],
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

    it('expired, it is dead: the last test, since time goes on for all tokens', async () => {
      const made = await newToken(tenants.ann.token, ['READ'], { expiresAt: inTime(hours(2)) });
      expect(await untilDead(made, async () => app.clock.advance(hours(2)))).toBe('UNAUTHENTICATED');
    });
  });
});
