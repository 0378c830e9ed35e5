/** nginx through the helper's own process: for a service that has no right to touch nginx itself. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostPath, type HostPath } from '../../../src/adapters/hosts/host-path.js';
import { HelperHost } from '../../../src/adapters/hosts/local/helper-host.js';
import type { GenerationInstaller } from '../../../src/adapters/installers/generations/generation.installer.js';
import type { ServerHelperConfig } from '../../../src/adapters/installers/server-helper.main.js';
import type { Hostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';
import { startTestApache } from '../../support/apache/apache.js';
import { installOnNginx, putAt, startTestNginx, type TestNginx } from '../../support/nginx/nginx.js';

const PROGRAM = join(import.meta.dirname, '../../../dist/adapters/installers/server-helper.main.js');

describe('nginx through its helper', () => {
  let folder: string;
  let nginx: TestNginx;
  let helper: ChildProcess;
  let host: HelperHost;
  let installer: GenerationInstaller;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nginx-helper-'));
    nginx = await startTestNginx();
    host = new HelperHost({ socketPath: join(folder, 'nginx.sock'), timeoutMs: 20_000 });
    installer = nginx.another({ host });
    helper = await start();
  });
  afterAll(async () => {
    await end('SIGTERM');
    await nginx.stop();
    await rm(folder, { recursive: true });
  });

  const config = (place: unknown = nginx.place, name = 'nginx', kind = 'NGINX'): ServerHelperConfig => ({
    ...{ folder, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    servers: [{ name, kind, place }],
  });
  const run = (told: string) => spawn(process.execPath, [PROGRAM, told], { stdio: ['ignore', 'pipe', 'pipe'] });
  async function start(): Promise<ChildProcess> {
    const child = run(JSON.stringify(config()));
    await once(child.stdout, 'data');
    return child;
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(helper, 'exit');
    helper.kill(signal);
    await ended;
  }

  it('serves a site and a challenge, and goes on after a kill -9 of the helper', async () => {
    const certificate = await (await makeCa()).issue({ names: ['site.example'] });
    const { address, httpsPort: port, httpPort } = nginx.listeners[0];
    await installOnNginx(installer, putAt(nginx, { 'site.example': [certificate] }), 5);
    expect((await handshake({ address, port }, 'site.example')).fingerprint).toBe(certificate.fingerprint);
    await end('SIGKILL');
    expect(await installer.inventory()).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    helper = await start();
    unwrap(await installer.presentChallenge('a.example' as Hostname, '/.well-known/acme-challenge/t', 'shown'));
    const url = `http://${address}:${httpPort}/.well-known/acme-challenge/t`;
    expect(await (await fetch(url)).text()).not.toBe('shown');
    expect(unwrap(await installer.inventory()).bindings).toHaveLength(1);
    expect(await installer.prune(4)).toMatchObject({ problem: { code: 'STALE_FENCE', facts: { server: 'test nginx' } } });
  });

  it('ends with the process that started it, however that ends', async () => {
    // A shell of its own between us and it, which dies alone.
    const words = [process.execPath, PROGRAM, JSON.stringify(config(nginx.place, 'orphan'))];
    const parent = spawn('/bin/sh', ['-c', '"$@" & wait', 'sh', ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(parent, 'close');
    expect(String((await once(parent.stdout, 'data'))[0])).toBe('ready\n');
    const orphan = new HelperHost({ socketPath: join(folder, 'orphan.sock'), timeoutMs: 20_000 });
    unwrap(await orphan.list(hostPath('generations')));
    parent.kill('SIGKILL');
    await ended; // its output is closed by the last one who has it
    expect(await orphan.list(hostPath('generations'))).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
  });

  it('writes no configuration that is not of our kind, and tests nothing else', async () => {
    const before = await readFile(nginx.place.mainConfiguration, 'utf8');
    const write = (path: HostPath, content: string) => host.write([{ path, content, access: 'OWNER' }]);
    const generation = hostPath('generations', '99.conf');
    expect(await write(generation, 'server { access_log /etc/cron.d/x; }')).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(await write(generation, `include ${folder}/x;`)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(await write('../x' as HostPath, '')).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(await host.run('nginx-test', ['../../../etc/passwd'])).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(await host.run('sh', ['-c', 'id'])).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(await readFile(nginx.place.mainConfiguration, 'utf8')).toBe(before);
  });

  it('lets nginx include nothing that it has not read: neither a challenge nor a certificate becomes its configuration', async () => {
    const smuggled = hostPath('challenges', 'acme-challenge', 'a.example', 'x');
    unwrap(await host.write([{ path: smuggled, content: `error_log ${folder}/written-by-root;`, access: 'ALL' }]));
    const current = unwrap(await host.target(hostPath('current.conf')));
    const links: readonly [HostPath, HostPath][] = [
      [hostPath('current.conf'), smuggled],
      [hostPath('current.conf'), hostPath('neutral.pem')],
      [hostPath('other'), hostPath('generations', '1.conf')],
    ];
    for (const [link, to] of links) expect(await host.point(link, to)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(unwrap(await host.target(hostPath('current.conf')))).toBe(current);
  });

  it('serves servers of several kinds, and at each socket what its own can do', async () => {
    const apache = await startTestApache();
    const own = await mkdtemp(join(tmpdir(), 'helper-'));
    const servers = [...config().servers, { name: 'apache', kind: 'APACHE', place: apache.place }];
    const child = run(JSON.stringify({ ...config(), folder: own, servers }));
    expect(String((await once(child.stdout, 'data'))[0])).toBe('ready\n');
    const through = (name: string) => new HelperHost({ socketPath: join(own, `${name}.sock`), timeoutMs: 20_000 });
    unwrap(await apache.another({ host: through('apache') }).capabilities());
    unwrap(await nginx.another({ host: through('nginx') }).capabilities());
    expect(await through('apache').run('nginx-survey', [])).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    const theirs = { path: hostPath('generations', '1.conf'), content: `include ${nginx.place.tree}/x;`, access: 'OWNER' as const };
    expect(await through('apache').write([theirs])).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await apache.stop();
    await rm(own, { recursive: true });
  });

  it.each([
    ['no configuration', () => 'x'],
    ['a tree that is no plain path', () => JSON.stringify(config({ ...nginx.place, tree: '/a;b' }, 'other'))],
    ['a kind that there is not', () => JSON.stringify(config(nginx.place, 'other', 'IIS'))],
    ['a name that leads out of its folder', () => JSON.stringify(config(nginx.place, '../other'))],
    ['a socket that another helper has', () => JSON.stringify(config())],
  ])('does not start with %s, and says why', async (_, told) => {
    const child = run(told());
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(said).not.toBe('');
  });
});
