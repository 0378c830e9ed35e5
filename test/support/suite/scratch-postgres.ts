/** A PostgreSQL that is thrown away: in a temporary folder, without fsync. For the tests, and for scripts that compare schemas. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { canRead, findUser, isRoot } from '../../../src/platform/config/identity.js';
import { locateInstallation } from '../../../src/platform/database/embedded/installation.js';
import type { PostgresPlace } from '../../../src/platform/database/embedded/place.js';
import { startPostgres } from '../../../src/platform/database/embedded/postgres.js';
import { unwrap } from '../../../src/values/result.js';

/** `url` is of an empty database; `stop` takes everything away again. */
export async function startScratchPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-'));
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };
  const postgres = unwrap(await startPostgres({ ...(await postgresPlace(base)), settings }));
  const guard = spawn('/bin/sh', ['-c', GUARD, String(postgres.pid), base], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  return {
    url: postgres.url.revealText(),
    stop: async () => {
      guard.ref();
      guard.stdin.end();
      await once(guard, 'exit');
    },
  };
}

/** It reads until we are gone, however that happens (a Ctrl-C, a kill -9), and then takes PostgreSQL and its folder away. */
const GUARD = 'cat > /dev/null; while kill -INT "$0" 2> /dev/null; do sleep 0.05; done; rm -rf "$1"';

/** All of it below `base`. PostgreSQL refuses to run as root: as nobody then, who may not be able to reach the project. */
export async function postgresPlace(base: string): Promise<PostgresPlace> {
  const identity = isRoot() ? findUser('nobody') : undefined;
  const socketDir = path.join(base, 'run');
  fs.chmodSync(base, 0o755);
  fs.mkdirSync(socketDir, { mode: 0o700 });
  if (identity) fs.chownSync(socketDir, identity.uid, identity.gid);

  let installation = unwrap(locateInstallation());
  if (identity && !canRead(path.join(installation, 'bin/postgres'), identity)) {
    const copy = path.join(base, 'installation');
    fs.cpSync(installation, copy, { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', copy]);
    installation = copy;
  }
  return {
    home: path.join(base, 'postgresql'),
    socketDir,
    logFile: path.join(base, 'postgresql.log'),
    identity,
    installation,
    random: { bytes: (length) => new Uint8Array(randomBytes(length)) },
  };
}
