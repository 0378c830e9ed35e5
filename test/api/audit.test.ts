import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshKey, startTestApp, type GraphqlAnswer, type TestApp } from '../support/app.js';
import { mutate } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';
import { plantTenants, type Tenants } from './tenants.js';

describe('the audit log', () => {
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

  type Entry = {
    at: string;
    accountId: string;
    tokenId: string | null;
    action: string;
    subject: string | null;
    outcome: string;
    code: string | null;
  };
  /** All of it, page by page. */
  async function read(token: string, first = 100): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let after: string | null = null, more = true; more;) {
      const query = `query ($first: Int!, $after: String) { auditLog(first: $first, after: $after) {
        nodes { at accountId tokenId action subject outcome code } pageInfo { hasNextPage endCursor } } }`;
      const { data }: GraphqlAnswer = await app.call(token, query, { first, after });
      entries.push(...(data.auditLog.nodes as Entry[]));
      ({ endCursor: after, hasNextPage: more } = data.auditLog.pageInfo);
    }
    return entries;
  }
  const last = async (token: string) => (await read(token))[0];

  it('says who did what to what, with which token', async () => {
    const { id } = await mutate(app, tenants.alice.token, 'startCheck', { siteId: tenants.alice.siteId });
    const [token] = await tables.query<{ id: string }>('SELECT id FROM api_tokens WHERE account_id = $1', [tenants.alice.accountId]);
    expect(await last(tenants.alice.token)).toEqual({
      ...{ accountId: tenants.alice.accountId, tokenId: token!.id, action: 'site.check', subject: id, outcome: 'DONE', code: null },
      at: expect.any(String),
    });
  });

  it('says who was refused, why, and about which id or field', async () => {
    await mutate(app, tenants.alice.token, 'cancelOrder', { id: tenants.carl.orderId });
    expect(await last(tenants.alice.token)).toMatchObject({
      action: 'order.cancel',
      outcome: 'REFUSED',
      code: 'NOT_FOUND',
      subject: tenants.carl.orderId,
    });
    await mutate(app, tenants.alice.token, 'addDomain', { input: { name: 'com' } });
    expect(await last(tenants.alice.token)).toMatchObject({ action: 'domain.add', code: 'NAME_IS_A_PUBLIC_SUFFIX', subject: 'name' });
  });

  it('tells a repetition from a deed', async () => {
    const key = freshKey();
    for (let i = 0; i < 3; i++) await mutate(app, tenants.alice.token, 'startCheck', { siteId: tenants.alice.siteId }, key);
    expect((await read(tenants.alice.token)).slice(0, 3).map(({ outcome }) => outcome)).toEqual(['REPLAYED', 'REPLAYED', 'DONE']);
  });

  it('a query leaves no entry; one that does not even validate does', async () => {
    const before = (await read(tenants.alice.token)).length;
    await app.call(tenants.alice.token, '{ me { id } }');
    expect(await read(tenants.alice.token)).toHaveLength(before);
    await app.call(tenants.alice.token, '{ me { passwords } }');
    expect(await last(tenants.alice.token)).toMatchObject({ action: 'graphql', outcome: 'REFUSED', code: 'INVALID_INPUT', subject: null });
  });

  it('a customer reads her own entries, a reseller those of his customers too, the administrator all', async () => {
    const whose = async (token: string) => new Set((await read(token)).map(({ accountId }) => accountId));
    expect(await whose(tenants.alice.token)).toEqual(new Set([tenants.alice.accountId]));
    expect(await whose(tenants.ann.token)).toEqual(new Set([tenants.ann.accountId, tenants.alice.accountId]));
    expect(await whose(app.adminToken)).toEqual(
      new Set([app.admin.accountId, ...[tenants.ann, tenants.alice, tenants.bob, tenants.carl].map(({ accountId }) => accountId)]),
    );
  });

  it('what an account above did for one below stands under the one above', async () => {
    const { id } = await mutate(app, tenants.ann.token, 'startCheck', { siteId: tenants.alice.siteId });
    expect(await last(tenants.ann.token)).toMatchObject({ accountId: tenants.ann.accountId, subject: id });
    expect((await last(tenants.alice.token))?.accountId).toBe(tenants.alice.accountId);
  });

  it('is read in pages of any size without a gap or a repetition, newest first', async () => {
    const whole = await read(app.adminToken);
    expect(await read(app.adminToken, 7)).toEqual(whole);
    expect(whole.map(({ at }) => at)).toEqual(
      whole
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
  });
});
