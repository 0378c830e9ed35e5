/** A list of 40 costs as many SQL statements as a list of 4, with everything that hangs on its items. */
import { GraphQLSchemaHost } from '@nestjs/graphql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { openTables, plantHost, plantTrouble, type Tables } from './tables.js';
import { checked, plantTenants, untilSecure, type Customer } from './tenants.js';

const ACCOUNT = 'id name parentId apiTokens(first: 2) { nodes { id } }';
const CERTIFICATE = 'id pem daysLeft account { id } renewal { renewAt } revocation { state }';
const BINDING = `id certificate { ${CERTIFICATE} } observation { id steps { step } } problem { code }`;
const ORDER = `id timeline { step } certificate { ${CERTIFICATE} } replaces { id }`;
const SITE = `id names domain { id account { id } } account { id } server { id addresses { id bindings(first: 2) { nodes { id } } } }
  bindings { ${BINDING} } security { state findings { name } } servers { id pool { id } lag { since } } move { id } convergence { name state } orders(first: 2) { nodes { ${ORDER} } } latestOrder { id }`;
const CHECKED = 'check { id addresses { address } } checks(first: 2) { nodes { id } } findings(first: 2) { nodes { id } }';
const LISTS: Record<string, string> = {
  accounts: ACCOUNT,
  alarms: 'id diagnosis { title } site { id }',
  auditLog: 'id action',
  certificates: `${CERTIFICATE} order { ${ORDER} site { id } }`,
  domains: `id account { id kind }`,
  findings: `id diagnosis { title } site { id ${CHECKED} } repairs(first: 2) { nodes { id finding { id } } }`,
  hosts: 'id pinned { fingerprint } problem { code }',
  pools: `id servers { id }`,
  orders: `${ORDER} site { ${SITE.replace(/orders\(.*/s, 'latestOrder { id }')} }`,
  servers: `id addresses { id bindings(first: 2) { nodes { ${BINDING} } } } deployments(first: 2) { nodes { id timeline { step } evidence { id } } }`,
  sites: `${SITE} ${CHECKED}`,
};

describe('statements', () => {
  let edge: TestEdge;
  let app: TestApp;
  let tables: Tables;
  let statements = 0;
  beforeAll(async () => {
    edge = await startTestEdge();
    const working = await startTestApp({ edge });
    const { alice } = await plantTenants(working);
    await untilSecure(working, alice.siteId);
    await checked(working, alice.siteId);
    await working.close({ keepDatabase: true });
    tables = await openTables(working);
    await plantTrouble(tables, alice.siteId);
    await plantHost(tables, alice.accountId);
    await tables.query(
      `INSERT INTO pools (id, account_id, name, created_at) SELECT 'pol_01kh2a0000000000000000000a', account_id, name, created_at FROM servers LIMIT 1`,
    );
    await tables.query(`UPDATE servers SET pool_id = 'pol_01kh2a0000000000000000000a'`);
    await multiply(alice);
    // One in which nobody works, so that every statement is the query's own.
    app = await startTestApp({ edge, work: false, database: working.database, vaultKeyLine: working.vaultKeyLine });
    const query = pg.Client.prototype.query as (this: pg.Client, ...args: unknown[]) => unknown;
    vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
      // The queue names its connections; it looks after itself in the background.
      if ((this as unknown as { connectionParameters: { application_name?: string } }).connectionParameters.application_name !== 'hostseal')
        statements++;
      return query.apply(this, args) as never;
    });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await tables?.close();
    await app?.close();
    await edge?.stop();
  });

  /** Forty more of each row that hangs on a customer's site, each on its own account, domain and server. */
  async function multiply({ accountId, siteId }: Customer): Promise<void> {
    const own = `account_id = '${accountId}'`;
    /** Table, which row, ids that become those of the copy, and what else has to differ. */
    const copies: [table: string, row: string, ids: string[], other?: string][] = [
      ['accounts', `id = '${accountId}'`, ['id'], `'path', t.path || i || '/'`],
      ['api_tokens', own, ['id', 'account_id'], `'hash', sha256(i::text::bytea)`],
      ['pools', 'true', ['id']],
      ['servers', 'true', ['id', 'pool_id'], `'name_on_host', t.name_on_host || i`],
      ['addresses', 'true', ['id', 'server_id']],
      ['domains', own, ['id', 'account_id'], `'name', i || t.name`],
      ['sites', own, ['id', 'account_id', 'domain_id', 'server_id']],
      ['site_names', `site_id = '${siteId}'`, ['site_id'], `'name', i || t.name`],
      ['certificates', own, ['id', 'account_id'], `'fingerprint', i || t.fingerprint`],
      ['orders', own, ['id', 'account_id', 'site_id', 'certificate_id'], `'replaces_id', left(t.certificate_id, -4) || 'zz' || i`],
      ['bindings', own, ['id', 'account_id', 'site_id', 'server_id', 'address_id', 'certificate_id'], `'name', i || t.name`],
      ['observations', own, ['id', 'account_id', 'binding_id']],
      ['deployments', 'true', ['id', 'server_id']],
      ['audit_entries', own, ['id']],
      ['site_checks', own, ['id', 'account_id', 'site_id']],
      ['findings', own, ['id', 'account_id', 'site_id']],
      ['alarms', own, ['id', 'account_id', 'site_id']],
      ['hosts', own, ['id', 'account_id'], `'address', '192.0.2.' || i`],
      ['repairs', own, ['id', 'account_id', 'site_id', 'finding_id']],
    ];
    for (const [table, row, ids, other] of copies) {
      // Ids keep their shape: the last four characters tell the copies apart.
      const changed = [...ids.map((column) => `'${column}', left(t.${column}, -4) || 'zz' || i`), ...(other ? [other] : [])].join();
      await tables.query(
        `INSERT INTO ${table} SELECT (jsonb_populate_record(NULL::${table}, to_jsonb(t) || jsonb_build_object(${changed}))).*
         FROM (SELECT * FROM ${table} WHERE ${row} LIMIT 1) t, generate_series(10, 49) i`,
      );
    }
  }

  async function count(query: string): Promise<{ statements: number; nodes: number }> {
    statements = 0;
    const data = await app.asAdmin(query);
    return { statements, nodes: (Object.values(data)[0] as { nodes: unknown[] }).nodes.length };
  }

  describe('a filter shows only what it asks for', () => {
    const IN_A_YEAR = '2100-01-01T00:00:00Z';
    it.each([
      ...[
        { list: 'sites', filter: 'name: "12alice.localhost"', found: 1 },
        { list: 'sites', filter: 'nameContains: "2ALICE"', found: 4 },
        { list: 'sites', filter: 'name: "12alice.localhost", nameContains: "13"', found: 0 },
      ],
      ...[
        { list: 'certificates', filter: 'name: "alice.localhost"', found: 41 },
        { list: 'certificates', filter: 'nameContains: "carl"', found: 1 },
        { list: 'certificates', filter: `nameContains: "carl", expiresBefore: "${IN_A_YEAR}"`, found: 1 },
        { list: 'certificates', filter: 'expiresBefore: "2020-01-01T00:00:00Z"', found: 0 },
      ],
    ])('$list: $filter', async ({ list, filter, found }) => {
      expect((await count(`{ ${list}(first: 100, filter: { ${filter} }) { nodes { id } } }`)).nodes).toBe(found);
    });

    it.each(['sites', 'certificates'])('%s: what no name can contain is refused by field', async (list) => {
      const answer = await app.call(app.adminToken, `{ ${list}(first: 1, filter: { nameContains: "%" }) { nodes { id } } }`);
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', subject: 'filter' });
    });
  });

  it('every list of the schema is counted', () => {
    const fields = Object.values(app.nest.get(GraphQLSchemaHost).schema.getQueryType()!.getFields());
    const lists = fields.filter(({ args }) => args.some(({ name }) => name === 'first'));
    expect(lists.map(({ name }) => name).sort()).toEqual(Object.keys(LISTS).sort());
  });

  it.each(Object.entries(LISTS))('%s', async (list, fields) => {
    const page = (first: number) => `{ ${list}(first: ${first}) { nodes { ${fields} } } }`;
    const [few, many] = [await count(page(4)), await count(page(40))];
    expect([few.nodes, many.nodes]).toEqual([4, 40]);
    expect(few.statements).toBeGreaterThan(1);
    expect(many.statements).toBe(few.statements);
  });
});
