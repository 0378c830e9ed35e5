/** The edge as a process: how it is started, adopted, stopped, and what its control socket refuses. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgeState, stopEdge } from '../../../src/adapters/installers/embedded-edge/control-client.js';
import { startEdge } from '../../../src/adapters/installers/embedded-edge/edge-launcher.js';
import { EmbeddedEdgeInstaller } from '../../../src/adapters/installers/embedded-edge/embedded-edge.installer.js';
import type { CertificateName, Hostname } from '../../../src/values/hostname.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { Secret } from '../../../src/values/secret.js';
import { makeCa, type TestCa } from '../../support/pki/certificates.js';
import { EDGE_PROGRAM, installOn, startTestEdge, type TestEdge } from '../../support/edge.js';
import { handshake, secureConnection } from '../../support/tls/handshake.js';

describe('the embedded edge as a process', () => {
  let edge: TestEdge;
  let ca: TestCa;

  beforeAll(async () => {
    edge = await startTestEdge();
    ca = await makeCa();
    await installOn(edge, [{ name: 'a.example', certificates: [await ca.issue({ names: ['a.example'] })] }]);
  });
  afterAll(() => edge.stop());

  it('its state says who it is and where it listens', async () => {
    const state = unwrap(await edgeState(edge.control));
    expect(state).toMatchObject({ generation: 1, broken: [], damagedShards: [] });
    expect(state.version).toBe(JSON.parse(await readFile('package.json', 'utf8')).version);
    expect(state.listeners).toHaveLength(4);
  });

  it('its sockets, its keys and its log can be opened by its own user only', async () => {
    const { home, controlSocket, rehearsalSocket } = edge.options;
    for (const directory of [dirname(controlSocket), home, join(home, 'certificates')])
      expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const file of [controlSocket, rehearsalSocket, join(home, 'edge.log'), join(home, 'neutral/key.pem')])
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { stdout } = await promisify(execFile)('find', [home, '-perm', '/077', '!', '-type', 'l']);
    expect(stdout).toBe('');
  });

  it('knows nothing of what its parent has in its environment', async () => {
    const environment = await readFile(`/proc/${await edge.pid()}/environ`, 'utf8');
    expect(
      environment
        .split('\0')
        .map((entry) => entry.split('=')[0])
        .filter((name) => name && !name.startsWith('NODE_CHANNEL_')),
    ).toEqual(['PATH', 'LANG', 'TZ']);
  });

  it('outlives a kill -9 of whoever started it, and is adopted and stopped by another', async () => {
    const options = {
      ...edge.options,
      home: join(edge.directory, 'orphan'),
      controlSocket: join(edge.directory, 'run/o.sock'),
      rehearsalSocket: join(edge.directory, 'run/or.sock'),
    };
    const program = `
      import { startEdge } from ${JSON.stringify(join(dirname(EDGE_PROGRAM), 'edge-launcher.js'))};
      const started = await startEdge({ ...${JSON.stringify({ ...options, listeners: [{ address: '127.0.0.1', httpPort: 0, httpsPort: 0 }] })}, onExit() {} });
      console.log(JSON.stringify(started));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const started = JSON.parse(line.toString());
    const port = started.value.listeners[0].httpsPort as number;
    const open = await secureConnection({ address: '127.0.0.1', port }, 'nobody.example', { ALPNProtocols: ['http/1.1'] });
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    open.write('GET / HTTP/1.1\r\nHost: nobody.example\r\n\r\n');
    expect(String((await once(open, 'data'))[0])).toMatch(/^HTTP\/1.1 421 /);
    const control = { ...edge.control, controlSocket: options.controlSocket };
    expect(unwrap(await edgeState(control)).pid).toBe(started.value.pid);
    unwrap(await stopEdge(control));
    expect(await edgeState(control)).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE', facts: { server: 'test edge' } } });
  });

  it('finishes the request under way when it is asked to stop, and takes no other', async () => {
    const own = await startTestEdge();
    await installOn(own, [{ name: 'p.example', route: 'PANEL', certificates: [await ca.issue({ names: ['p.example'] })] }]);
    let finish: () => void = () => undefined;
    const { createServer: createHttpServer } = await import('node:http');
    const asked = Promise.withResolvers<void>();
    const api = createHttpServer((_, response) => {
      finish = () => response.end('finished');
      asked.resolve();
    }).listen(own.options.panelSocket);
    const place = { address: own.listeners[0]!.address, port: own.listeners[0]!.httpsPort };
    const open = await secureConnection(place, 'p.example', { ALPNProtocols: ['http/1.1'] });
    open.write('GET / HTTP/1.1\r\nHost: p.example\r\n\r\n');
    await asked.promise;
    const answer = once(open, 'data');
    process.kill(await own.pid(), 'SIGTERM');
    await expect
      .poll(() =>
        handshake(place, 'p.example').then(
          () => 'served',
          () => 'refused',
        ),
      )
      .toBe('refused');
    finish();
    expect(String((await answer)[0])).toMatch(/^HTTP\/1.1 200 /);
    api.close();
    await own.stop();
  });

  it('a port in use is named with the variable to change, and nothing stays behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = (taken.address() as { port: number }).port;
    const start = (listener: { httpPort: number; httpsPort: number }) =>
      startEdge({
        ...edge.options,
        home: join(edge.directory, 'second'),
        controlSocket: join(edge.directory, 'run/second.sock'),
        rehearsalSocket: join(edge.directory, 'run/second-r.sock'),
        listeners: [{ address: '127.0.0.1' as IpAddress, ...listener }],
        onExit: () => undefined,
      });
    const facts = { address: '127.0.0.1', port };
    expect(await start({ httpPort: 0, httpsPort: port })).toMatchObject({
      problem: { code: 'PORT_IN_USE', facts: { ...facts, variable: 'HOSTSEAL_HTTPS_PORT' } },
    });
    expect(await start({ httpPort: port, httpsPort: 0 })).toMatchObject({
      problem: { code: 'PORT_IN_USE', facts: { ...facts, variable: 'HOSTSEAL_HTTP_PORT' } },
    });
    taken.close();
    const control = { ...edge.control, controlSocket: join(edge.directory, 'run/second.sock') };
    const started = unwrap(await start({ httpPort: 0, httpsPort: port }));
    expect(started.listeners[0]?.httpsPort).toBe(port);
    unwrap(await stopEdge(control));
  });

  it('an address that this machine does not have is refused; ::1 is served or passed over', async () => {
    const options = {
      ...edge.options,
      home: join(edge.directory, 'third'),
      controlSocket: join(edge.directory, 'run/third.sock'),
      rehearsalSocket: join(edge.directory, 'run/third-r.sock'),
      onExit: () => undefined,
    };
    const at = (...addresses: string[]) => addresses.map((address) => ({ address: address as IpAddress, httpPort: 0, httpsPort: 0 }));
    expect(await startEdge({ ...options, listeners: at('127.0.0.1', '192.0.2.77') })).toMatchObject({
      problem: { code: 'CONFIG_INVALID' },
    });
    const { listeners, skipped } = unwrap(await startEdge({ ...options, listeners: at('127.0.0.1', '::1') }));
    expect([...listeners.map(({ address }) => address), ...skipped]).toEqual(['127.0.0.1', '::1']);
    unwrap(await stopEdge({ ...edge.control, controlSocket: options.controlSocket }));
  });

  it('a second edge on the same control socket does not come up, and the first goes on', async () => {
    const pid = await edge.pid();
    expect(await startEdge({ ...edge.options, onExit: () => undefined })).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    expect(await edge.pid()).toBe(pid);
  });

  it.each([
    ['no JSON', 'POST', '/generations', '{'],
    ['a fence that is no number', 'POST', '/generations/1/apply', '{"fence":"1"}'],
    ['a negative fence', 'POST', '/generations/1/apply', '{"fence":-1}'],
    ['an unknown field', 'POST', '/prune', '{"fence":1,"force":true}'],
    ['a path out of the tree as fingerprint', 'POST', '/generations', stageText({ fingerprint: '../../../../etc/x' })],
    ['a fingerprint in capitals', 'POST', '/generations', stageText({ fingerprint: 'A'.repeat(64) })],
    ['a name that is not in normal form', 'POST', '/generations', stageText({ name: 'Shop.Example' })],
    ['an address with a name in it', 'POST', '/generations', stageText({ address: 'localhost' })],
    ['a binding whose certificate was not sent', 'POST', '/generations', stageText({ fingerprints: ['b'.repeat(64)] })],
    ['a challenge outside of /.well-known/', 'POST', '/challenges', '{"name":"a.example","path":"/.well-known/../x","body":""}'],
    ['a challenge for a wildcard', 'POST', '/challenges', '{"name":"*.a.example","path":"/.well-known/acme-challenge/x","body":""}'],
    ['an unknown path', 'POST', '/nothing', '{}'],
    ['a verb on a wrong method', 'GET', '/stop', ''],
  ])('its control socket refuses %s and changes nothing', async (_, method, path, body) => {
    const before = unwrap(await edge.installer.inventory());
    const answer = await ask(method, path, body);
    expect([404, 409]).toContain(answer.status);
    expect(answer.body).not.toContain('SECRET-KEY');
    expect(unwrap(await edge.installer.inventory())).toEqual(before);
  });

  it('its control socket refuses a body without end', async () => {
    expect((await ask('POST', '/generations', 'x'.repeat(17 * 1024 * 1024))).status).toBe(413);
    expect(await edge.pid()).toBeGreaterThan(0);
  });

  it('an installer of an edge that is not there, or not one, says so', async () => {
    const none = new EmbeddedEdgeInstaller({
      ...edge.control,
      controlSocket: join(edge.directory, 'run/none.sock'),
      clock: { now: () => 0 as never },
    });
    expect(await none.inventory()).toMatchObject({
      problem: { code: 'SERVER_UNREACHABLE', facts: { server: 'test edge', detail: 'ENOENT' } },
    });
    const silent = createServer().listen(join(edge.directory, 'run/silent.sock'));
    await once(silent, 'listening');
    const hung = new EmbeddedEdgeInstaller({
      ...edge.control,
      controlSocket: join(edge.directory, 'run/silent.sock'),
      timeoutMs: 50,
      clock: { now: () => 0 as never },
    });
    expect(await hung.capabilities()).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE', facts: { detail: 'no answer in time' } } });
    silent.close();
  });

  it('challenges are bounded in size and shape', async () => {
    const name = 'c.example' as Hostname;
    expect(await edge.installer.presentChallenge(name, '/.well-known/acme-challenge/t', 'x'.repeat(5000))).toMatchObject({
      problem: { code: 'TOO_LARGE' },
    });
    expect(await edge.installer.presentChallenge(name, '/.well-known/acme-challenge/../x', 'x')).toMatchObject({
      problem: { code: 'INVALID_INPUT' },
    });
    expect(await edge.installer.presentChallenge(name, '/index.html', 'x')).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    unwrap(await edge.installer.removeChallenge(name, '/index.html'));
  });

  it('killed at any moment of applying and undoing, it comes up wholly old or wholly new', async () => {
    const own = await startTestEdge();
    const names = ['k1.example', 'k2.example', 'k3.example'];
    const both = await Promise.all([0, 1].map(() => Promise.all(names.map((name) => ca.issue({ names: [name] })))));
    const put = (set: number) =>
      names.map((name, index) => {
        const { fingerprint, chainPem, keyPem } = both[set]![index]!;
        const { address, httpsPort: port } = own.listeners[0]!;
        return {
          key: { address, port, name: name as CertificateName },
          certificates: [{ fingerprint, chain: chainPem, key: Secret.of(keyPem) }],
          route: 'NONE' as const,
        };
      });
    const place = { address: own.listeners[0]!.address, port: own.listeners[0]!.httpsPort };
    const served = async () => Promise.all(names.map(async (name) => (await handshake(place, name)).fingerprint));
    const old = both[0]!.map(({ fingerprint }) => fingerprint);
    const fresh = both[1]!.map(({ fingerprint }) => fingerprint);
    const first = unwrap(await own.installer.stage({ put: put(0), remove: [] }, 1));
    unwrap(await own.installer.apply(first, 1));
    for (let round = 0; round < 8; round++) {
      const before = await served();
      const toFresh = before[0] === old[0];
      const generation = unwrap(await own.installer.stage({ put: put(toFresh ? 1 : 0), remove: [] }, 1));
      const change = toFresh
        ? own.installer.apply(generation, 1)
        : own.installer.apply(generation, 1).then(() => own.installer.undo(generation, 1));
      for (let turn = 0; turn < round * 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      await own.kill();
      await change;
      await own.start();
      const after = await served();
      expect([old.join(), fresh.join()]).toContain(after.join());
      expect(
        unwrap(await own.installer.inventory())
          .bindings.map(({ fingerprints }) => fingerprints[0])
          .sort(),
      ).toEqual([...after].sort());
    }
    await own.stop();
  });

  function ask(method: string, path: string, body: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { socketPath: edge.options.controlSocket, method, path, headers: { 'content-length': body.length }, agent: false },
        (incoming) => {
          let text = '';
          incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text })).on('error', reject);
        },
      );
      outgoing.on('error', reject).end(body);
    });
  }
});

/** A body of POST /generations with one thing wrong in it. */
function stageText(wrong: { fingerprint?: string; fingerprints?: string[]; name?: string; address?: string }): string {
  const fingerprint = wrong.fingerprint ?? 'a'.repeat(64);
  return JSON.stringify({
    fence: 1,
    certificates: [{ fingerprint, chain: 'x', key: 'SECRET-KEY' }],
    put: [
      {
        key: { address: wrong.address ?? '127.0.0.1', port: 443, name: wrong.name ?? 'a.example' },
        fingerprints: wrong.fingerprints ?? [fingerprint],
        route: 'NONE',
      },
    ],
    remove: [],
  });
}
