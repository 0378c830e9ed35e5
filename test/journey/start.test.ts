/** `npm start` as a person meets it: the built program, real processes, its lines and its exit codes. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHome } from '../../src/platform/config/home-layout.js';
import { freshDatabase } from '../support/database.js';
import { startDns } from '../support/acme/dns-server.js';
import { freePort } from '../support/suite/free-port.js';
import { toPem } from '../../src/values/pem.js';
import { handshake, secureConnection } from '../support/tls/handshake.js';
import { startPebble } from '../support/acme/pebble.js';
import { NewHome } from '../support/npm-start.js';
import { startTestNginx } from '../support/nginx/nginx.js';
import { askAt } from '../support/process.js';
import { isSecure, placeOrder, type Ask } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';

const isRoot = process.geteuid?.() === 0;
const MAC_KEY = Buffer.alloc(32, 7).toString('base64url');

describe('npm start', { timeout: 120_000 }, () => {
  let own: NewHome;
  let home: string;
  let ports: NewHome['ports'];
  beforeEach(async () => {
    own = await NewHome.make();
    ({ home, ports } = own);
  });
  afterEach(() => own.remove());

  it('says every thing that is wrong with the configuration, a line each, and touches nothing', async () => {
    const run = own.start({ HOSTSEAL_ROLE: 'everything', HOSTSEAL_HOSTNAMES: 'a.test' });
    expect(await run.exitCode).toBe(2);
    expect(run.lines).toEqual([
      expect.stringMatching(/^HOSTSEAL_HOSTNAMES: .*did you mean HOSTSEAL_HOSTNAME\?.*\[CONFIG_INVALID\]$/),
      expect.stringMatching(/^HOSTSEAL_ROLE: "everything" is none of all, api, worker.*\[CONFIG_INVALID\]$/),
    ]);
    expect(fs.existsSync(home)).toBe(false);
  });

  it('is refused with an ACME file that others may read; put right, the directory signs for the panel, and root.pem proves it', async () => {
    const pebble = await startPebble({ httpPort: ports.http, externalAccounts: { 'kid-1': MAC_KEY } });
    try {
      const acme = path.join(home, 'acme');
      fs.mkdirSync(acme, { recursive: true });
      const roots = [pebble.httpsRoot, ...pebble.roots.map((root) => toPem('CERTIFICATE', root))].join('');
      fs.writeFileSync(path.join(acme, 'mine.roots.pem'), roots);
      fs.writeFileSync(path.join(acme, 'mine.eab'), `kid-1\n${MAC_KEY}\n`);
      fs.chmodSync(path.join(acme, 'mine.eab'), 0o644);
      const env = {
        ...{ HOSTSEAL_HOSTNAME: 'panel.test', HOSTSEAL_LISTEN: '127.0.0.1', HOSTSEAL_DNS_SERVERS: pebble.dns.server },
        ...{ HOSTSEAL_ACME_DIRECTORIES: `mine=${pebble.directoryUrl},zerossl`, HOSTSEAL_ALLOW_ADDRESSES: `127.0.0.1:${pebble.port}` },
      };
      const refused = own.start(env);
      expect(await refused.exitCode).toBe(2);
      expect(refused.lines).toEqual([expect.stringMatching(/acme\/mine\.eab cannot be used: others may read it.*\[ACME_FILE_UNUSABLE\]$/)]);
      expect(refused.lines.join()).not.toContain(MAC_KEY);

      fs.chmodSync(path.join(acme, 'mine.eab'), 0o600);
      const run = own.start(env);
      await run.says(/^ready https:\/\/panel\.test:/);
      expect(run.lines).toContainEqual(expect.stringMatching(/zerossl\.eab cannot be used: it is not there, and ZeroSSL makes no account/));
      expect(run.lines).toContain(`proven: panel.test at 127.0.0.1:${ports.https}`);
      expect(pebble.certificates()).toHaveLength(1);
      const ca = fs.readFileSync(path.join(home, 'root.pem'), 'utf8');
      const socket = await secureConnection({ address: '127.0.0.1', port: ports.https }, 'panel.test', { ca, rejectUnauthorized: true });
      expect(socket.authorized).toBe(true);
      socket.destroy();

      const place = { HOSTSEAL_HOME: home, HOSTSEAL_HTTP_PORT: `${ports.http}`, HOSTSEAL_HTTPS_PORT: `${ports.https}` };
      const doctor = spawnSync('bin/hostseal', ['doctor', '--json'], { env: { ...process.env, ...place, ...env }, encoding: 'utf8' });
      const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string; state: string; detail: string }[] };
      expect(findings.filter(({ check }) => check === 'ACME')).toMatchObject([
        { state: 'OK', detail: expect.stringContaining(pebble.directoryUrl) as unknown },
        { state: 'FAILED', detail: expect.stringContaining('zerossl.eab') as unknown },
      ]);
      const ofMozilla = expect.stringMatching(/^\d{3} of Mozilla's list of 2026-09-10, from Node 24\.21\.0\.$/) as unknown;
      expect(findings).toContainEqual(expect.objectContaining({ check: 'public roots', state: 'OK', detail: ofMozilla }));
    } finally {
      await pebble.stop();
    }
  });

  it.runIf(isRoot)('by root: secures a site on an nginx of root, as another user, through a helper that ends with it', async () => {
    const [nginx, dns] = [await startTestNginx(), await startDns({ 'shop.example.test': ['127.0.0.2'] })];
    const run = own.start({
      HOSTSEAL_NGINX_CONFIG: nginx.place.mainConfiguration,
      HOSTSEAL_NGINX_TREE: nginx.place.tree,
      HOSTSEAL_DNS_SERVERS: dns.server,
      HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.2',
    });
    await run.says(/^ready /);
    const pid = run.child.pid!;
    const layout = findHome({ home, vaultKeyFile: undefined })!;
    const ask: Ask = (query, variables) => askAt(layout, query, variables);
    const { registerServer } = await ask(
      `mutation { registerServer(input: { name: "web", kind: NGINX }, idempotencyKey: "start-register") {
         ... on RegisterServerSuccess { server { id } } ... on Problem { message } } }`,
    );
    const { createSite } = await ask(
      `mutation ($address: AddAddressInput!, $site: CreateSiteInput!) {
         addAddress(input: $address, idempotencyKey: "start-address") { __typename }
         addDomain(input: { name: "example.test" }, idempotencyKey: "start-domain") { __typename }
         createSite(input: $site, idempotencyKey: "start-site") { ... on CreateSiteSuccess { site { id } } ... on Problem { message } } }`,
      {
        address: { serverId: registerServer.server.id, ip: '127.0.0.2', httpPort: ports.http, httpsPort: ports.https },
        site: { names: ['shop.example.test'], serverId: registerServer.server.id },
      },
    );
    await placeOrder(ask, createSite.site.id);
    await isSecure(ask, createSite.site.id);
    const { subjectAltName } = await handshake({ address: '127.0.0.2', port: ports.https }, 'shop.example.test');
    expect(subjectAltName).toBe('DNS:shop.example.test');
    expect([uidOf(pid), fs.statSync(nginx.place.tree).uid]).toEqual([expect.not.stringMatching(/^0$/), 0]);

    const socket = `/run/hostseal/${pid}/nginx.sock`;
    expect(fs.existsSync(socket)).toBe(true);
    run.signal('SIGKILL');
    await waitFor('the helper to end', async () => !fs.existsSync(socket));
    await Promise.all([nginx.stop(), dns.stop()]);
  });

  it.runIf(isRoot)('by root: runs nothing as root that others may change', async () => {
    fs.chmodSync(path.dirname(home), 0o777);
    const run = own.start({ HOSTSEAL_NGINX_CONFIG: path.join(path.dirname(home), 'nginx.conf') });
    expect(await run.exitCode).toBe(1);
    expect(run.lines).toEqual([expect.stringMatching(new RegExp(`${path.dirname(home)} is not root's alone.*\\[SERVICE_NOT_STARTED\\]$`))]);
  });

  it('as role api names a port that is in use, and goes on when nobody can read what it says', async () => {
    const database = await freshDatabase();
    const owner = fs.statSync(new URL(database.url).searchParams.get('host')!);
    const port = await freePort();
    const apiIn = (name: string, output?: number) => {
      const folder = path.join(path.dirname(home), name);
      const key = `${folder}.key`;
      fs.mkdirSync(folder);
      fs.writeFileSync(key, `k1:${Buffer.alloc(32, 1).toString('base64')}\n`);
      for (const place of [folder, key]) fs.chownSync(place, owner.uid, owner.gid); // it is run as its home's owner
      const env = { HOSTSEAL_HOME: folder, HOSTSEAL_ROLE: 'api', HOSTSEAL_DATABASE_URL: database.url, HOSTSEAL_VAULT_KEY_FILE: key };
      return own.start({ ...env, HOSTSEAL_API_LISTEN: `127.0.0.1:${port}` }, output);
    };
    const full = fs.openSync('/dev/full', 'w');
    const first = apiIn('first', full);
    await waitFor('the API', async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
    const second = apiIn('second');
    expect(await second.exitCode).toBe(4);
    expect(second.lines.at(-1)).toMatch(new RegExp(`port ${port} is in use.*HOSTSEAL_API_LISTEN.*\\[PORT_IN_USE\\]$`));
    expect(first.child.exitCode).toBeNull();
    await first.end();
    expect(first.child.exitCode).toBe(0);
    fs.closeSync(full);
    await database.drop();
  });
});

it('npm start installs nothing into a node_modules that is a link: what it leads to stays as it is', () => {
  const clone = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-clone-'));
  for (const name of ['scripts', 'package.json', 'package-lock.json']) fs.cpSync(name, path.join(clone, name), { recursive: true });
  fs.mkdirSync(path.join(clone, 'other', 'left-pad'), { recursive: true });
  fs.symlinkSync('other', path.join(clone, 'node_modules'));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/start.mjs'], { cwd: clone, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^\S+node_modules is a link to other, .*remove the link/),
  });
  expect(fs.readdirSync(path.join(clone, 'other'))).toEqual(['left-pad']);
  fs.rmSync(clone, { recursive: true });
});

const uidOf = (pid: number) => /^Uid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
