/** `npm start` as a person meets it: the built program, real processes, its lines and its exit codes. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import net from 'node:net';
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
import { startTestNginx } from '../support/nginx/nginx.js';
import { askAt } from '../support/process.js';
import { isSecure, placeOrder, type Ask } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';

const isRoot = process.geteuid?.() === 0;
const SUPERVISOR = path.resolve('dist/supervisor/main.js');
const MAC_KEY = Buffer.alloc(32, 7).toString('base64url');
const MORE_THAN_A_LOG = 11 * 1024 * 1024;

describe('npm start', { timeout: 120_000 }, () => {
  let home: string;
  let ports: { http: number; https: number };
  const runs: Run[] = [];

  beforeEach(async () => {
    home = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-')), 'home');
    fs.chmodSync(path.dirname(home), 0o755);
    ports = { http: await freePort(), https: await freePort() };
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.end();
    // A test that killed the supervisor has left its services to the next start.
    if (fs.existsSync(home)) await start().end();
    runs.length = 0;
    // One that was stopped at once may not have come to them.
    for (const pid of processesOf(home)) process.kill(pid, 'SIGKILL');
    fs.rmSync(path.dirname(home), { recursive: true, force: true });
  });

  /** `output`: a file for what it says, in place of `lines`. */
  const start = (env: Record<string, string> = {}, output?: number): Run => {
    const own = { HOSTSEAL_HOME: home, HOSTSEAL_HTTP_PORT: String(ports.http), HOSTSEAL_HTTPS_PORT: String(ports.https) };
    const run = new Run({ PATH: process.env['PATH'] ?? '', ...own, ...env }, output);
    runs.push(run);
    return run;
  };

  it('gets ready, refuses a second copy, stops with everything that it started, and does not start again without the key of its vault', async () => {
    const run = start();
    await run.says(/^ready https:\/\//);
    const copy = start();
    expect(await copy.exitCode).toBe(3);
    expect(copy.lines).toEqual([expect.stringMatching(/^Another copy \(process \d+\) runs on .*\[ALREADY_RUNNING\]$/)]);
    expect(run.child.exitCode).toBeNull();
    const children = processesOf(home);
    expect(children.length).toBeGreaterThanOrEqual(2); // PostgreSQL and the edge name the home on their command lines
    run.signal('SIGTERM');
    expect(await run.exitCode).toBe(0);
    expect(processesOf(home)).toEqual([]);

    const [key, log] = [path.join(home, 'vault.key'), path.join(home, 'logs/postgresql.log')];
    fs.rmSync(key);
    fs.truncateSync(log, MORE_THAN_A_LOG);
    const second = start();
    expect(await second.exitCode).toBe(2);
    expect(second.lines).toEqual([expect.stringMatching(/^The vault's key file .*vault\.key cannot.*\[VAULT_KEY_FILE_UNUSABLE\]$/)]);
    expect(fs.existsSync(key)).toBe(false);
    expect(processesOf(home)).toEqual([]);
    // On the way it has made room in what PostgreSQL writes.
    expect([fs.statSync(`${log}.1`).size, fs.statSync(log).size < MORE_THAN_A_LOG]).toEqual([MORE_THAN_A_LOG, true]);
  });

  it('names a port that is in use, and leaves nothing running', async () => {
    const other = net.createServer().listen(ports.https, '127.0.0.1');
    await once(other, 'listening');
    try {
      const run = start();
      expect(await run.exitCode).toBe(4);
      expect(run.lines.at(-1)).toMatch(new RegExp(`port ${ports.https} is in use.*HOSTSEAL_HTTPS_PORT.*\\[PORT_IN_USE\\]$`));
      expect(processesOf(home)).toEqual([]);
    } finally {
      other.close();
    }
  });

  it('says every thing that is wrong with the configuration, a line each, and touches nothing', async () => {
    const run = start({ HOSTSEAL_ROLE: 'everything', HOSTSEAL_HOSTNAMES: 'a.test' });
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
      const refused = start(env);
      expect(await refused.exitCode).toBe(2);
      expect(refused.lines).toEqual([expect.stringMatching(/acme\/mine\.eab cannot be used: others may read it.*\[ACME_FILE_UNUSABLE\]$/)]);
      expect(refused.lines.join()).not.toContain(MAC_KEY);

      fs.chmodSync(path.join(acme, 'mine.eab'), 0o600);
      const run = start(env);
      await run.says(/^ready https:\/\/panel\.test:/);
      expect(run.lines).toContainEqual(expect.stringMatching(/zerossl\.eab cannot be used: it is not there, and ZeroSSL makes no account/));
      expect(run.lines).toContain(`proven: panel.test at 127.0.0.1:${ports.https}`);
      expect(pebble.certificates()).toHaveLength(1);
      const ca = fs.readFileSync(path.join(home, 'root.pem'), 'utf8');
      const socket = await secureConnection({ address: '127.0.0.1', port: ports.https }, 'panel.test', { ca, rejectUnauthorized: true });
      expect(socket.authorized).toBe(true);
      socket.destroy();

      const own = { HOSTSEAL_HOME: home, HOSTSEAL_HTTP_PORT: `${ports.http}`, HOSTSEAL_HTTPS_PORT: `${ports.https}` };
      const doctor = spawnSync('bin/hostseal', ['doctor', '--json'], { env: { ...process.env, ...own, ...env }, encoding: 'utf8' });
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

  it('adopts PostgreSQL and the edge after a kill -9 of the supervisor, and the API stops by itself', async () => {
    const first = start();
    await first.says(/^ready /);
    const before = processesOf(home);
    first.signal('SIGKILL');
    await first.exitCode;
    const second = start();
    await second.says(/^ready /);
    expect(processesOf(home)).toEqual(before);
  });

  it('starts again what is killed: without the API the edge serves what it served, and so does the edge after its own death', async () => {
    const run = start();
    await run.says(/^ready /);
    const [served, edge, api] = [await shown(ports.https), edgeOf(home), apiOf(home)];
    process.kill(api, 'SIGKILL');
    const statuses = [await panelStatus(ports.https)];
    run.forget();
    const ready = run.says(/^ready /).then(() => true);
    while (!(await Promise.race([ready, Promise.resolve(false)]))) {
      statuses.push(await panelStatus(ports.https));
      expect(await shown(ports.https)).toEqual(served);
    }
    expect(new Set(statuses)).toEqual(new Set([502, 200])); // the proxy's answer while nobody is behind it
    expect([edgeOf(home), apiOf(home) === api]).toEqual([edge, false]);

    const again = apiOf(home);
    process.kill(edge, 'SIGKILL');
    expect(await waitFor('the edge to serve again', () => shown(ports.https))).toEqual(served);
    expect([edgeOf(home) === edge, apiOf(home)]).toEqual([false, again]);
    expect(run.child.exitCode).toBeNull();
  });

  it.runIf(isRoot)('by root: secures a site on an nginx of root, as another user, through a helper that ends with it', async () => {
    const [nginx, dns] = [await startTestNginx(), await startDns({ 'shop.example.test': ['127.0.0.2'] })];
    const run = start({
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
    const run = start({ HOSTSEAL_NGINX_CONFIG: path.join(path.dirname(home), 'nginx.conf') });
    expect(await run.exitCode).toBe(1);
    expect(run.lines).toEqual([expect.stringMatching(new RegExp(`${path.dirname(home)} is not root's alone.*\\[SERVICE_NOT_STARTED\\]$`))]);
  });

  it('as role api names a port that is in use, and goes on when nobody can read what it says', async () => {
    const database = await freshDatabase();
    const owner = fs.statSync(new URL(database.url).searchParams.get('host')!);
    const port = await freePort();
    const apiIn = (name: string, output?: number): Run => {
      const own = path.join(path.dirname(home), name);
      const key = `${own}.key`;
      fs.mkdirSync(own);
      fs.writeFileSync(key, `k1:${Buffer.alloc(32, 1).toString('base64')}\n`);
      for (const place of [own, key]) fs.chownSync(place, owner.uid, owner.gid); // it is run as its home's owner
      const env = { HOSTSEAL_HOME: own, HOSTSEAL_ROLE: 'api', HOSTSEAL_DATABASE_URL: database.url, HOSTSEAL_VAULT_KEY_FILE: key };
      return start({ ...env, HOSTSEAL_API_LISTEN: `127.0.0.1:${port}` }, output);
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

/** The leaf that the panel's name is served with. */
const shown = (port: number) => handshake({ address: '127.0.0.1', port }, 'localhost').then(({ fingerprint }) => fingerprint);

/** What a caller of the API is answered with. */
async function panelStatus(port: number): Promise<number> {
  const request = https.get({
    host: '127.0.0.1',
    port,
    path: '/health/ready',
    servername: 'localhost',
    rejectUnauthorized: false,
    agent: false,
    headers: { host: `localhost:${port}` },
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

const uidOf = (pid: number) => /^Uid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

const apiOf = (home: string): number => Number(fs.readFileSync(path.join(home, 'run/api.pid'), 'utf8'));
const edgeOf = (home: string): number => processesOf(home).find((pid) => commandOf(pid).includes('edge.main.js'))!;

/** Pids whose command line names the home, sorted; back-ends of PostgreSQL do not. */
function processesOf(home: string): number[] {
  const pids = fs.readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => commandOf(pid).includes(home));
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

class Run {
  readonly lines: string[] = [];
  readonly exitCode: Promise<number | null>;
  readonly child: ChildProcess;
  #heard: () => void = () => undefined;

  constructor(env: Record<string, string>, output: number | 'pipe' = 'pipe') {
    const stdio = ['ignore', output, output] as const;
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SUPERVISOR], { env, stdio: [...stdio] });
    for (const output of [this.child.stdout, this.child.stderr]) {
      let rest = '';
      output?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        this.lines.push(...lines);
        this.#heard();
      });
    }
    this.exitCode = once(this.child, 'close').then(([code]) => code as number | null);
    void this.exitCode.then(() => this.#heard());
  }

  /** Resolves with the line; rejects where the program ends without it. */
  says(wanted: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#heard = () => {
        const line = this.lines.find((said) => wanted.test(said));
        if (line !== undefined) resolve(line);
        else if (this.child.exitCode !== null) reject(new Error(`it ended, and said:\n${this.lines.join('\n')}`));
      };
      this.#heard();
    });
  }

  /** From here on `says` means what is said from here on. */
  forget(): void {
    this.lines.length = 0;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<void> {
    this.signal('SIGTERM');
    await this.exitCode;
  }
}
