/** A database of its own for a test file: a clone of the template that global-setup.ts made. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export type FreshDatabase = { readonly url: string; drop(): Promise<void> };

/** With every migration, and no rows. Not dropped where the file fails: it goes with its PostgreSQL at the end of the run. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const template = new URL(inject('templateDatabaseUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  // A template can be cloned only while nobody is connected to it, another clone included: one at a time, over all workers.
  await asAdministrator(template, async (client) => {
    await client.query('SELECT pg_advisory_lock(1)');
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`);
  });
  const url = new URL(template);
  url.pathname = name;
  return {
    url: url.href,
    drop: async () => {
      await lookers.get(url.href)?.end();
      lookers.delete(url.href);
      await asAdministrator(template, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Past the application: for looking at what it wrote, or for changing what time would change. */
export async function rows<T extends pg.QueryResultRow>(url: string, text: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await lookersInto(url).query<T>(text, [...values])).rows;
}

/** Kept, since who waits for a fact asks twenty times a second, and a new connection costs twenty times as much as what it asks. */
const lookers = new Map<string, pg.Pool>();

function lookersInto(url: string): pg.Pool {
  const kept = lookers.get(url);
  if (kept) return kept;
  const pool = new pg.Pool({ connectionString: url, allowExitOnIdle: true });
  pool.on('error', () => undefined); // its database is gone
  lookers.set(url, pool);
  return pool;
}

/** As somebody else who has begun a transaction with `statement`, and ends it when `work` has ended. */
export async function during<T>(url: string, statement: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`BEGIN; ${statement}`);
    return await work();
  } finally {
    await client.end();
  }
}

/** The lock goes with the session. */
async function asAdministrator(template: URL, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const url = new URL(template);
  url.pathname = 'postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
