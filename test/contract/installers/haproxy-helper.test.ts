/** HAProxy through the helper's own process: for a service that has no right to its socket, nor to its files. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostPath, type HostPath } from '../../../src/adapters/hosts/host-path.js';
import { HelperHost } from '../../../src/adapters/hosts/local/helper-host.js';
import type { HaproxyInstaller } from '../../../src/adapters/installers/haproxy/haproxy.installer.js';
import type { ServerHelperConfig } from '../../../src/adapters/installers/server-helper.main.js';
import type { Hostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { installOnHaproxy, putAt, startTestHaproxy, type TestHaproxy } from '../../support/haproxy/haproxy.js';
import { makeCa } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';

const PROGRAM = join(import.meta.dirname, '../../../dist/adapters/installers/server-helper.main.js');

describe('HAProxy through its helper', () => {
  let folder: string;
  let haproxy: TestHaproxy;
  let helper: ChildProcess;
  let host: HelperHost;
  let installer: HaproxyInstaller;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haproxy-helper-'));
    haproxy = await startTestHaproxy();
    host = new HelperHost({ socketPath: join(folder, 'haproxy.sock'), timeoutMs: 20_000 });
    installer = haproxy.another({ host });
    const config: ServerHelperConfig = {
      ...{ folder, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      servers: [{ name: 'haproxy', kind: 'HAPROXY', place: haproxy.place }],
    };
    helper = spawn(process.execPath, [PROGRAM, JSON.stringify(config)], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(String((await once(helper.stdout!, 'data'))[0])).toBe('ready\n');
  });
  afterAll(async () => {
    const ended = once(helper, 'exit');
    helper.kill('SIGTERM');
    await ended;
    await haproxy.stop();
    await rm(folder, { recursive: true });
  });

  it('serves a site, and shows the longest challenge', async () => {
    const certificate = await (await makeCa()).issue({ names: ['site.example'] });
    const { address, httpsPort: port, httpPort } = haproxy.listeners[0];
    await installOnHaproxy(installer, putAt(haproxy, { 'site.example': [certificate] }), 5);
    expect((await handshake({ address, port }, 'site.example')).fingerprint).toBe(certificate.fingerprint);
    const path = '/.well-known/acme-challenge/t';
    unwrap(await installer.presentChallenge('127.0.0.1' as Hostname, path, 'x'.repeat(4096)));
    expect(await (await fetch(`http://${address}:${httpPort}${path}`)).text()).toBe('x'.repeat(4096));
    unwrap(await installer.removeChallenge('127.0.0.1' as Hostname, path));
    expect(await installer.takeOut('none', 'none', 5)).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
  });

  it('writes nothing and says nothing to the socket that is not of our kind', async () => {
    const write = (path: HostPath, content: string) => host.write([{ path, content, access: 'OWNER' }]);
    const refused = { problem: { code: 'INVALID_INPUT' } };
    expect(await write(hostPath('generations', '99.conf'), 'global\n    lua-load /tmp/x.lua\n')).toMatchObject(refused);
    expect(await write(hostPath('challenges.map'), 'a b\n')).toMatchObject(refused);
    expect(await host.point(hostPath('current.conf'), hostPath('challenges.map'))).toMatchObject(refused);
    expect(await host.run('haproxy-test', ['../../../etc/passwd'])).toMatchObject(refused);
    expect(await host.run('haproxy-take-up', ['0123ab;shutdown'])).toMatchObject(refused);
    expect(await host.run('haproxy-show-challenge', ['a.example/x\nshow info', '1n|'])).toMatchObject(refused);
    expect(await host.run('haproxy-hide-challenge', ['x; shutdown sessions server a/b'])).toMatchObject(refused);
    expect(await host.run('haproxy-server-state', ['a', 'b', 'drain'])).toMatchObject(refused);
    expect(await host.run('haproxy-server-state', ['a/b state ready;show', 'b', 'maint'])).toMatchObject(refused);
  });
});
