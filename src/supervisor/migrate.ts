/** Brings the database to the schema of this build: asks it first, and runs Prisma's `migrate deploy` only when something is missing. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { problem } from '../values/problems/problem.js';
import { err, ok, type Result } from '../values/result.js';
import type { Secret } from '../values/secret.js';
import { childEnvironment } from './child-environment.js';
import { say } from './problems.js';
import { project } from './runtime-copy.js';

/** DATABASE_UNREACHABLE, or MIGRATION_FAILED with Prisma's words. Many machines may do it at once: Prisma takes a lock. */
export async function migrate(url: Secret): Promise<Result<void>> {
  const applied = await appliedMigrations(url);
  if (!applied.ok) return applied;
  const pending = shippedMigrations().filter(({ name, checksum }) => applied.value.get(name) !== checksum);
  if (pending.length === 0) return ok(undefined);
  say(`Bringing the database up to date (${pending.length === 1 ? pending[0]?.name : `${pending.length} migrations`}).`);
  return deploy(url);
}

/** Name to checksum, of those that were finished; none where the database or Prisma's table is not there yet. */
async function appliedMigrations(url: Secret): Promise<Result<ReadonlyMap<string, string>>> {
  const client = new pg.Client({ connectionString: url.revealText(), connectionTimeoutMillis: CONNECT_LIMIT_MS });
  client.on('error', () => undefined); // the query rejects too
  try {
    await client.connect();
    const { rows: tables } = await client.query<{ made: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS made");
    if (!tables[0]?.made) return ok(new Map());
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'SELECT migration_name AS name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    return ok(new Map(rows.map(({ name, checksum }) => [name, checksum])));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === INVALID_CATALOG_NAME) return ok(new Map());
    return err(problem('DATABASE_UNREACHABLE', { detail: message || String(code) }));
  } finally {
    await client.end().catch(() => undefined);
  }
}

const CONNECT_LIMIT_MS = 10_000;
/** There is no such database: `migrate deploy` creates it (PostgreSQL, appendix A). */
const INVALID_CATALOG_NAME = '3D000';

/** Prisma's checksum is the SHA-256 of migration.sql, hex. */
function shippedMigrations(): { name: string; checksum: string }[] {
  const folder = path.join(project, 'prisma/migrations');
  const folders = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => {
    const sql = fs.readFileSync(path.join(folder, name, 'migration.sql'));
    return { name, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

function deploy(url: Secret): Promise<Result<void>> {
  const options = { cwd: project, env: { ...childEnvironment(), HOSTSEAL_DATABASE_URL: url.revealText() } };
  return new Promise((resolve) => {
    execFile(process.execPath, ['node_modules/prisma/build/index.js', 'migrate', 'deploy'], options, (error, stdout, stderr) => {
      const detail = (stderr || stdout).trim().split('\n').filter(Boolean).slice(-4).join(' / ');
      resolve(error ? err(problem('MIGRATION_FAILED', { detail })) : ok(undefined));
    });
  });
}
