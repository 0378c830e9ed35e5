import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../src/values/result.js';
import { rows } from '../support/database.js';
import { Machine } from '../support/process.js';
import { waitFor } from '../support/suite/wait-for.js';

describe('a start on a home that was started before', { timeout: 60_000 }, () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start();
  });
  afterAll(() => machine?.stop());

  /** What was made for good: everything but jobs, leases and looks. */
  async function made(): Promise<string[]> {
    const tables = await rows<{ name: string }>(
      machine.database.url,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('claims', 'observations') ORDER BY 1`,
    );
    const all = await Promise.all(
      tables.map(({ name }) => rows<{ text: string }>(machine.database.url, `SELECT t::text AS text FROM ${name} AS t`)),
    );
    return all.flatMap((found, index) => found.map(({ text }) => `${tables[index]!.name} ${text}`)).toSorted();
  }

  const rests = () =>
    waitFor('no job to be due', async () => {
      const due = `SELECT 1 FROM pgboss.job WHERE state IN ('created', 'retry', 'active') AND start_after <= now()`;
      return (await rows(machine.database.url, due)).length === 0;
    });

  it('changes nothing, in the database and at the edge, and orders nothing', async () => {
    const first = await machine.run();
    await rests();
    first.signal('SIGTERM');
    expect(await first.ended).toBe('0');
    const [before, served] = [await made(), unwrap(await machine.edge.installer.inventory())];
    expect(before.filter((row) => row.startsWith('orders '))).toHaveLength(1);

    const second = await machine.run();
    await rests();
    second.signal('SIGTERM');
    expect(await second.ended).toBe('0');
    expect(await made()).toEqual(before);
    expect(unwrap(await machine.edge.installer.inventory())).toEqual(served);
  });
});
