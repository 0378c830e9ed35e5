/** What stands around Hostseal in the demo, all of it real, on loopback: a CA that speaks ACME, a DNS server, and an administrator's nginx. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toPem } from '../src/values/pem.js';
import { freePort } from '../test/support/suite/free-port.js';
import { nginxVariables, startTestNginx, type TestNginx } from '../test/support/nginx/nginx.js';
import { rootsFile, startPebble, type Pebble, type PebbleOptions } from '../test/support/acme/pebble.js';

export const SITE_NAME = 'shop.example.test';
const CA_NAME = 'pebble';

export type World = {
  readonly pebble: Pebble;
  readonly nginx: TestNginx;
  /** `nginx/1.22.1`. */
  readonly nginxVersion: string;
  /** Where the site is to be served. */
  readonly addresses: readonly { readonly ip: string; readonly httpPort: number; readonly httpsPort: number }[];
  /** PEM: the root that the CA's chains end at. */
  readonly root: string;
  /** What Hostseal is started with. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

/** `options`: how the CA is to misbehave. */
export async function startWorld(options: PebbleOptions = {}): Promise<World> {
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const addresses = ['127.0.0.1', '::1'].map((ip) => ({ ip, httpPort, httpsPort }));
  const pebble = await startPebble({ ...options, httpPort, validityDays: 1 });
  pebble.dns.zone.set(
    SITE_NAME,
    addresses.map(({ ip }) => ip),
  );
  const nginx = await startTestNginx();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-demo-'));
  fs.chmodSync(folder, 0o755); // where root runs it, Hostseal becomes a user that has to get there
  const home = path.join(folder, 'home');
  const root = toPem('CERTIFICATE', pebble.roots[0]!);
  fs.mkdirSync(path.join(home, 'acme'), { recursive: true });
  fs.writeFileSync(path.join(home, 'acme', `${CA_NAME}.roots.pem`), rootsFile(pebble));
  return {
    pebble,
    nginx,
    nginxVersion: versionOf(nginx.place.binary),
    addresses,
    root,
    variables: {
      HOSTSEAL_HOME: home,
      HOSTSEAL_HTTP_PORT: `${await freePort()}`,
      HOSTSEAL_HTTPS_PORT: `${await freePort()}`,
      HOSTSEAL_DNS_SERVERS: pebble.dns.server,
      HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.1,::1',
      HOSTSEAL_ACME_DIRECTORIES: `${CA_NAME}=${pebble.directoryUrl}`,
      ...nginxVariables(nginx),
    },
    async stop() {
      await nginx.stop();
      await pebble.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It writes its version to its standard error. */
function versionOf(binary: string): string {
  const said = execFileSync('/bin/sh', ['-c', '"$0" -v 2>&1', binary], { encoding: 'utf8' });
  return /nginx\/\S+/.exec(said)?.[0] ?? 'nginx';
}
