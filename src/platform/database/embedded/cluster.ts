/** A cluster on disk: PostgreSQL's data folder and the password of its superuser, made together or not at all. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Identity } from '../../config/identity.js';
import { run } from './command.js';
import type { PostgresPlace } from './place.js';

export const SUPERUSER = 'hostseal';
export const DATABASE = 'hostseal';

export type Cluster = { readonly data: string; readonly password: string };

/** Opens the cluster in `place.home`; creates it first where there is none. */
export async function openCluster(place: PostgresPlace, installation: string, env: NodeJS.ProcessEnv): Promise<Result<Cluster>> {
  const data = path.join(place.home, 'data');
  if (!(await exists(place.home))) {
    const created = await createCluster(place, installation, env);
    if (!created.ok) return created;
  }
  return ok({ data, password: await fs.readFile(path.join(place.home, 'password'), 'utf8') });
}

/** Built under another name and renamed when it is whole: a crash half-way leaves rubbish that the next start clears, never half a cluster. */
async function createCluster(place: PostgresPlace, installation: string, env: NodeJS.ProcessEnv): Promise<Result<void>> {
  const building = `${place.home}.new`;
  const data = path.join(building, 'data');
  const password = path.join(building, 'password');
  await fs.rm(building, { recursive: true, force: true });
  await makePrivate(building, place.identity);
  // hex: it goes into a URL and into a file that initdb reads up to the first line break
  await fs.writeFile(password, Buffer.from(place.random.bytes(32)).toString('hex'), { mode: 0o600, flag: 'wx', flush: true });
  if (place.identity) await fs.chown(password, place.identity.uid, place.identity.gid);

  const surroundings = { env, identity: place.identity };
  const disposable = place.settings?.['fsync'] === 'off';
  const options = [...initdbOptions(data, password), ...(disposable ? ['--no-sync'] : [])];
  const initialized = await run(path.join(installation, 'bin/initdb'), options, surroundings);
  if (initialized.code !== 0) return failed('initdb', initialized.output);
  // Single-user mode: there is no server yet, and none with a half-made cluster that anybody could connect to.
  const singleUser = ['--single', '-D', data, ...(disposable ? ['-F'] : []), 'postgres'];
  const input = `CREATE DATABASE ${DATABASE}\n`;
  const created = await run(path.join(installation, 'bin/postgres'), singleUser, { ...surroundings, input });
  if (created.code !== 0) return failed('create database', created.output);

  await fs.rename(building, place.home);
  await syncDirectory(path.dirname(place.home));
  return ok(undefined);
}

const initdbOptions = (data: string, password: string) => [
  ...['--pgdata', data, '--username', SUPERUSER, '--pwfile', password, '--auth', 'scram-sha-256', '--encoding', 'UTF8'],
  // PostgreSQL's own collation: an upgrade of the machine's libc cannot reorder an index under us
  ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C.UTF-8', '--data-checksums', '--no-instructions'],
];

const failed = (step: string, output: string) =>
  err(problem('EMBEDDED_DATABASE_FAILED', { detail: `${step}: ${output.split('\n').slice(-3).join(' / ')}`, log: 'the lines above' }));

async function makePrivate(dir: string, identity: Identity | undefined): Promise<void> {
  await fs.mkdir(dir, { mode: 0o700 });
  if (identity) await fs.chown(dir, identity.uid, identity.gid);
}

/** A rename lasts only when the folder that holds the name is on disk. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await fs.open(dir);
  await handle.sync().finally(() => handle.close());
}

const exists = (file: string) =>
  fs.access(file).then(
    () => true,
    () => false,
  );
