/** The embedded database on its worst days. A real PostgreSQL each time; nothing here asks how long something takes. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresPlace } from '../../src/platform/database/embedded/place.js';
import { startPostgres, type RunningPostgres } from '../../src/platform/database/embedded/postgres.js';
import { unwrap, type Result } from '../../src/values/result.js';
import { postgresPlace } from '../support/suite/scratch-postgres.js';

describe('the embedded PostgreSQL', () => {
  let base: string;
  let place: PostgresPlace;
  const started: RunningPostgres[] = [];
  const others: ChildProcess[] = [];

  beforeEach(async () => {
    base = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-'));
    place = await postgresPlace(base);
  });

  afterEach(async () => {
    for (const postgres of started.splice(0)) await postgres.stop();
    for (const other of others.splice(0)) other.kill('SIGKILL');
    fs.rmSync(base, { recursive: true, force: true });
  });

  const start = async (changed: Partial<PostgresPlace> = {}): Promise<Result<RunningPostgres>> => {
    const result = await startPostgres({ ...place, ...changed });
    if (result.ok) started.push(result.value);
    return result;
  };
  const pidFile = () => path.join(place.home, 'data/postmaster.pid');

  it('is there with a database of ours, in UTF-8, durable and with checksums', async () => {
    const { url } = unwrap(await start());
    const shown = await query(url.revealText(), 'SELECT current_database(), current_user');
    expect(shown).toEqual([{ current_database: 'hostseal', current_user: 'hostseal' }]);
    for (const [setting, value] of Object.entries({ server_encoding: 'UTF8', fsync: 'on', data_checksums: 'on', listen_addresses: '' })) {
      expect(await query(url.revealText(), `SHOW ${setting}`)).toEqual([{ [setting]: value }]);
    }
  });

  it('lets nobody in without its password, and keeps that where only its user can read it', async () => {
    const url = new URL(unwrap(await start()).url.revealText());
    for (const password of ['', 'wrong']) {
      url.password = password;
      await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password/);
    }
    expect(fs.statSync(path.join(place.home, 'password')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(place.home).mode & 0o777).toBe(0o700);
  });

  it('keeps what was committed over a kill -9, and starts again', async () => {
    const first = unwrap(await start());
    await query(first.url.revealText(), "CREATE TABLE kept AS SELECT 'yes' AS answer");
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = unwrap(await start());
    expect(second.adopted).toBe(false);
    expect(await query(second.url.revealText(), 'SELECT answer FROM kept')).toEqual([{ answer: 'yes' }]);
  });

  it('is adopted where it runs already as it should', async () => {
    const first = unwrap(await start());
    const second = unwrap(await start());
    expect(second).toMatchObject({ adopted: true, pid: first.pid });
    expect(await query(second.url.revealText(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is replaced where it runs otherwise than it should', async () => {
    const first = unwrap(await start());
    const second = unwrap(await start({ settings: { max_connections: '20' } }));
    expect(second.adopted).toBe(false);
    await first.ended;
    expect(await query(second.url.revealText(), 'SHOW max_connections')).toEqual([{ max_connections: '20' }]);
  });

  it('starts although the pid that it left behind now belongs to another process of its user', async () => {
    const first = unwrap(await start());
    const left = fs.readFileSync(pidFile(), 'utf8').split('\n').slice(1);
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const other = spawn('/bin/sleep', ['600'], { ...place.identity, stdio: 'ignore' });
    others.push(other);
    fs.writeFileSync(pidFile(), [other.pid, ...left].join('\n'));
    expect(unwrap(await start()).pid).not.toBe(other.pid);
    expect(other.exitCode ?? other.signalCode).toBeNull(); // nobody took it for PostgreSQL
  });

  it('is created whole although an earlier start died half-way', async () => {
    const left = path.join(`${place.home}.new`, 'data');
    fs.mkdirSync(left, { recursive: true });
    fs.writeFileSync(path.join(left, 'PG_VERSION'), '18\n');
    unwrap(await start());
    expect(fs.existsSync(`${place.home}.new`)).toBe(false);
  });

  it("says with PostgreSQL's own words why it does not start", async () => {
    const result = await start({ settings: { max_connections: 'many' } });
    expect(result).toMatchObject({ ok: false, problem: { code: 'EMBEDDED_DATABASE_FAILED' } });
    if (!result.ok) expect(result.problem.facts['detail']).toMatch(/max_connections/);
  });

  it('writes no row value and no statement into its log', async () => {
    const url = unwrap(await start()).url.revealText();
    await query(url, 'CREATE TABLE tokens (token text UNIQUE)');
    await query(url, "INSERT INTO tokens VALUES ('canary-7f3a')");
    await expect(query(url, "INSERT INTO tokens VALUES ('canary-7f3a')")).rejects.toThrow(/duplicate key/);
    await expect(query(url, "SELECT 'canary-7f3a' FROM nowhere")).rejects.toThrow(/does not exist/);
    const log = fs.readFileSync(place.logFile, 'utf8');
    expect(log).toContain('duplicate key');
    expect(log).not.toContain('canary-7f3a');
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // the server may be killed under it
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
