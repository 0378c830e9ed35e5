/** What is started, and in which order. */
import path from 'node:path';
import { startPostgres } from '../platform/database/embedded/postgres.js';
import { ok, type Result } from '../values/result.js';
import type { Secret } from '../values/secret.js';
import { endLeftOver, startApi } from './api-process.js';
import { keepEdge } from './edge-process.js';
import { keepRunning, type Kept, type Service } from './keep-running.js';
import { migrate } from './migrate.js';
import type { Place } from './place.js';

/** Fills `running` one by one, so that what came up before a problem can be stopped. */
export async function startServices(place: Place, running: Kept[]): Promise<Result<void>> {
  const { config } = place;
  let databaseUrl = config.databaseUrl;
  const keep = async (name: string, start: () => Promise<Result<Service>>): Promise<Result<void>> => {
    const kept = await keepRunning(name, start);
    if (kept.ok) running.push(kept.value);
    return kept.ok ? ok(undefined) : kept;
  };

  if (!databaseUrl) {
    const postgres = await keep('The embedded PostgreSQL', () => embeddedPostgres(place, (url) => (databaseUrl = url)));
    if (!postgres.ok) return postgres;
  }
  const url = databaseUrl as Secret;
  const migrated = await migrate(url);
  if (!migrated.ok) return migrated;
  if (config.role === 'all') {
    const edge = await keep('The edge', () => keepEdge(place));
    if (!edge.ok) return edge;
  }
  await endLeftOver(place.layout);
  return keep('The API', async () => ok(startApi(place, url)));
}

async function embeddedPostgres({ layout, random }: Place, useUrl: (url: Secret) => void): Promise<Result<Service>> {
  const logFile = path.join(layout.logs, 'postgresql.log');
  const started = await startPostgres({ home: layout.postgres, socketDir: layout.run, logFile, random });
  if (!started.ok) return started;
  const { url, ended, stop } = started.value;
  useUrl(url);
  return ok({ ended: ended.then(() => ({ how: `its last words are in ${logFile}` })), stop });
}
