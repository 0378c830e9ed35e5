/** Where many orders are placed at once: on what comes with Hostseal, and on a CA and a server of others. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { unwrap } from '../../src/values/result.js';
import type { InstalledBinding } from '../../src/adapters/installers/installer.js';
import type { IpAddress } from '../../src/values/ip-address.js';
import { startTestApp, type TestApp } from './app.js';
import { caRegister } from './acme/ca-register.js';
import { rows } from './database.js';
import { startTestEdge } from './edge.js';
import { freePort } from './suite/free-port.js';
import { nginxVariables, startTestNginx } from './nginx/nginx.js';
import { rootsFile, startPebble, type PebbleOptions } from './acme/pebble.js';
import { registerNginx } from './story.js';

export type ManyWorld = {
  readonly app: TestApp;
  readonly domain: string;
  readonly serverId: string | undefined;
  /** Fingerprints by name, as the server has them. */
  installed(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** How many the CA has on record. */
  atCa(names: readonly string[]): Promise<{ readonly orders: number; readonly certificates: number }>;
  /** What else has to hold; what it came to. */
  reckoning(): Promise<string>;
  stop(): Promise<void>;
};

export async function builtIn(): Promise<ManyWorld> {
  const edge = await startTestEdge();
  const app = await startTestApp({ edge, env: { HOSTSEAL_RATE_LIMIT: '100000' } });
  return {
    app,
    domain: 'localhost',
    serverId: undefined,
    installed: async () => byName(unwrap(await edge.installer.inventory()).bindings),
    async atCa(names) {
      const { orders, certificates } = await caRegister(app.database.url, ...names);
      return { orders: orders.length, certificates: certificates.length };
    },
    reckoning: async () => '',
    async stop() {
      await app.close();
      await edge.stop();
    },
  };
}

const ADDRESS = '127.0.0.1' as IpAddress;

export async function acmeOnNginx(options: PebbleOptions = {}): Promise<ManyWorld> {
  const ports = { httpPort: await freePort(), httpsPort: await freePort() };
  const pebble = await startPebble({ ...options, httpPort: ports.httpPort });
  const folder = await mkdtemp(join(tmpdir(), 'hostseal-many-'));
  const notices = join(folder, 'notices.log');
  const nginx = await startTestNginx({ main: `error_log ${notices} notice;` });
  const app = await startTestApp({
    work: true,
    acmeFiles: { 'pebble.roots.pem': rootsFile(pebble) },
    env: {
      HOSTSEAL_RATE_LIMIT: '100000',
      HOSTSEAL_ACME_DIRECTORIES: `pebble=${pebble.directoryUrl}`,
      HOSTSEAL_ALLOW_ADDRESSES: ADDRESS,
      HOSTSEAL_DNS_SERVERS: pebble.dns.server,
      ...nginxVariables(nginx),
    },
  });
  const serverId = await registerNginx(app.asAdmin, { ip: ADDRESS, ...ports });
  const installer = nginx.another({ listeners: [{ address: ADDRESS, ...ports }] });
  return {
    app,
    domain: 'example.test',
    serverId,
    installed: async () => byName(unwrap(await installer.inventory()).bindings),
    atCa: async () => ({ orders: pebble.orders().length, certificates: pebble.certificates().length }),
    /** One reload for each gathered change, and the one that laid the place for challenges down. */
    async reckoning() {
      const reloads = [...readFileSync(notices, 'utf8').matchAll(/signal 1 \(SIGHUP\) received/g)].length;
      const changes = await rows<{ created: Date; ended: Date }>(
        app.database.url,
        `SELECT created_at AS created, lag(finished_at) OVER (ORDER BY id) AS ended FROM deployments WHERE server_id = $1 ORDER BY id`,
        [serverId],
      );
      expect(reloads).toBeLessThanOrEqual(changes.length + 1);
      const pauses = changes.slice(1).map(({ created, ended }) => created.getTime() - ended.getTime());
      expect(pauses.filter((pause) => pause < GATHERING_MS)).toEqual([]);
      return `, with ${reloads} reloads of nginx`;
    },
    async stop() {
      await app.close();
      await nginx.stop();
      await pebble.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** docs/architecture.md: what comes within it is one change. */
const GATHERING_MS = 2_000;

const byName = (bindings: readonly InstalledBinding[]) =>
  new Map(bindings.map(({ key, fingerprints }) => [key.name as string, fingerprints]));
