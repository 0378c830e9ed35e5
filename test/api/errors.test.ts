/** A fault of ours is told as one: INTERNAL with a log id, and nothing else. The log has the rest, less the secrets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { documentOf, mutate } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';

describe('a fault of ours', () => {
  let app: TestApp;
  let tables: Tables;
  beforeAll(async () => {
    app = await startTestApp();
    tables = await openTables(app);
    await mutate(app, app.adminToken, 'addDomain', { input: { name: 'before.example' } });
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
  });

  /** While a column is away. */
  async function broken<T>(column: string, work: () => Promise<T>): Promise<T> {
    const [table, name] = column.split('.');
    await tables.query(`ALTER TABLE ${table} RENAME COLUMN ${name} TO away`);
    try {
      return await work();
    } finally {
      await tables.query(`ALTER TABLE ${table} RENAME COLUMN away TO ${name}`);
    }
  }
  const logged = (logId: string) =>
    app
      .log()
      .split('\n')
      .filter((line) => line.includes(logId))
      .map((line) => JSON.parse(line) as { level: string; error: { message: string; stack: string } });

  const CASES: [string, string, () => Promise<{ status: number; errors?: TestAppErrors }>][] = [
    ['in a query', 'domains.name', () => app.call(app.adminToken, '{ domains(first: 1) { nodes { name } } }')],
    ['in a nested field', 'accounts.name', () => app.call(app.adminToken, '{ domains(first: 1) { nodes { account { name } } } }')],
    [
      'in a mutation',
      'domains.name',
      () => app.call(app.adminToken, documentOf('addDomain'), { input: { name: 'during.example' }, key: freshKey() }),
    ],
    ['in finding out who calls', 'api_tokens.hash', () => app.call(app.adminToken, '{ me { id } }')],
    ['in writing down who was refused', 'audit_entries.outcome', () => app.call(app.adminToken, '{ nope }')],
    ['in writing down who sent too much', 'audit_entries.outcome', () => app.call(app.adminToken, 'x'.repeat(300_000))],
  ];
  type TestAppErrors = readonly { message: string; extensions: Record<string, unknown> }[];

  it.each(CASES)('%s is told with its log id and nothing else, and the log has the cause', async (_, column, ask) => {
    const before = await tables.counts();
    const answer = await broken(column, ask);
    expect(answer.errors).toHaveLength(1);
    const [error] = answer.errors!;
    const logId = /^Something went wrong inside Hostseal \(log id ([\w-]{12})\)\.$/.exec(error!.message)?.[1];
    expect(logId).toBeDefined();
    expect(error!.extensions).toEqual({ code: 'INTERNAL', whoActs: 'HOSTSEAL', remedy: expect.stringContaining('log id') });
    expect(JSON.stringify(answer)).not.toMatch(/prisma|does not exist|SELECT|node_modules/i);
    const [entry] = logged(logId!);
    expect(entry).toMatchObject({ level: 'error', error: { message: expect.stringMatching(/column/), stack: expect.any(String) } });
    expect(await tables.counts()).toEqual(before);
  });

  it('after it everything goes on as before', async () => {
    expect(await mutate(app, app.adminToken, 'addDomain', { input: { name: 'after.example' } })).toMatchObject({ replayed: false });
  });

  it('no token, vault key or database password is in the log', () => {
    const secrets = [app.adminToken.slice(4), app.vaultKeyLine.trim().split(':')[1]!, new URL(app.database.url).password];
    for (const secret of secrets.filter((text) => text !== '')) expect(app.log()).not.toContain(secret);
    expect(app.log()).not.toContain('PRIVATE KEY');
  });
});
