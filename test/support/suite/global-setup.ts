/**
 * Runs once before all test files: one PostgreSQL for all of them, and in it a template database with every migration applied and the
 * tables of the queue, which take an application that makes them half a second of its start.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PgBoss } from 'pg-boss';
import type { TestProject } from 'vitest/node';
import { startScratchPostgres } from './scratch-postgres.js';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startScratchPostgres();
  const env = { ...process.env, HOSTSEAL_DATABASE_URL: postgres.url };
  await promisify(execFile)(process.execPath, ['node_modules/prisma/build/index.js', 'migrate', 'deploy'], { env });
  const queue = new PgBoss({ connectionString: postgres.url, supervise: false, schedule: false });
  await queue.start();
  await queue.stop();
  project.provide('templateDatabaseUrl', postgres.url);
  return postgres.stop;
}

declare module 'vitest' {
  interface ProvidedContext {
    templateDatabaseUrl: string;
  }
}
