/** The local host, directly and through its helper. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostPath } from '../../../src/adapters/hosts/host-path.js';
import { HelperHost } from '../../../src/adapters/hosts/local/helper-host.js';
import { serveHelper } from '../../../src/adapters/hosts/local/helper-server.js';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import { runCommand } from '../../../src/adapters/hosts/local/run-command.js';
import { ok, unwrap } from '../../../src/values/result.js';
import { hostContract, type HostMaking } from '../host.contract.js';

hostContract('local', async (making) => ({
  host: new LocalHost(making),
  another: new LocalHost(making),
  stop: async () => undefined,
}));

hostContract('local, through the helper', async (making) => {
  const helper = await startHelper(making);
  return { host: helper.host, another: helper.host, stop: helper.stop };
});

it('many first writers make the tree together', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'first-'));
  const making = { tree: join(folder, 'tree'), verbs: {}, admit: { file: () => ok(undefined), link: () => ok(undefined) } };
  const writers = Array.from({ length: 20 }, (_, i) =>
    new LocalHost(making).write([{ path: hostPath(`${i}`), content: '', access: 'OWNER' }]),
  );
  for (const wrote of await Promise.all(writers)) unwrap(wrote);
  await rm(folder, { recursive: true });
});

describe('the helper', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'helper-'))));
  afterEach(() => rm(folder, { recursive: true }));
  const making = (): HostMaking => ({
    tree: join(folder, 'tree'),
    verbs: {},
    admit: { file: () => ok(undefined), link: () => ok(undefined) },
  });
  const ask = async (socket: string, path: string, body: string) => {
    const args = ['--silent', '--max-time', '5', '--unix-socket', socket, '--data-binary', body, `http://helper${path}`];
    return unwrap(await runCommand({ program: '/usr/bin/curl', args, timeoutMs: 6000, maxOutputBytes: 10_000 })).stdout;
  };

  it.each([
    ['/read', 'not json'],
    ['/read', '{}'],
    ['/read', '{"path":1}'],
    ['/read', '{"path":"a","more":1}'],
    ['/read', '{"path":"../a"}'],
    ['/write', '{"files":[{"path":"a","content":"b","access":"EVERYBODY"}]}'],
    ['/write', '{"files":[{"path":"a","content":"b","access":"ALL","mode":4095}]}'],
    ['/write', '{"files":{"length":1}}'],
    ['/write', '{"files":[],"fence":-1}'],
    ['/write', '{"files":[],"fence":"1"}'],
    ['/point', '{"link":"a","to":"/etc/passwd"}'],
    ['/run', '{"verb":"a","args":"b"}'],
    ['/run', '{"verb":["a"],"args":[]}'],
    ['/toString', '{}'],
    ['/chmod', '{"path":"a"}'],
  ])('refuses %s with %s, and goes on', async (path, body) => {
    const { socket, host, stop } = await startHelper(making());
    expect(JSON.parse(await ask(socket, path, body))).toMatchObject({ code: expect.stringMatching(/^(INVALID_INPUT|NOT_FOUND)$/) });
    unwrap(await host.write([{ path: hostPath('a'), content: 'b', access: 'OWNER' }]));
    await stop();
  });

  it.runIf(process.geteuid?.() === 0)('is open to its one user alone', async () => {
    const { socket, stop } = await startHelper(making(), 65_534);
    await chmod(dirname(socket), 0o711);
    const asUser = async (uid: string) => {
      const curl = [
        '/usr/bin/curl',
        '--silent',
        '--max-time',
        '5',
        '--unix-socket',
        socket,
        '--data',
        '{"path":"a"}',
        'http://helper/read',
      ];
      const args = [`--reuid=${uid}`, '--clear-groups', ...curl];
      return unwrap(await runCommand({ program: '/usr/bin/setpriv', args, timeoutMs: 6000, maxOutputBytes: 10_000 })).stdout;
    };
    expect([await asUser('65534'), await asUser('65533')]).toEqual(['{}', '']);
    await stop();
  });

  it('does not start in a folder that others can write in, nor beside another one; it starts after one that was killed', async () => {
    const path = join(folder, 'helper.sock');
    const start = () => {
      const user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      return serveHelper(new LocalHost(making()), { path, ...user }, () => undefined);
    };
    const first = unwrap(await start());
    expect(await start()).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
    await new Promise((resolve) => first.close(resolve));
    await writeFile(path, 'left behind');
    const second = unwrap(await start());
    unwrap(await new HelperHost({ socketPath: path, timeoutMs: 5000 }).list(hostPath('a')));
    await new Promise((resolve) => second.close(resolve));
    await chmod(folder, 0o777);
    expect(await start()).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
  });

  it.each([
    ['is not there', undefined, 'cannot be reached'],
    ['says nothing', '', 'does not answer in time'],
    ['answers no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', 'cannot be reached'],
    ['answers no JSON', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'makes no sense'],
    ['answers something else', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"to":12}', 'makes no sense'],
    ['refuses in words that nobody knows', 'HTTP/1.1 409 No\r\ncontent-length: 23\r\n\r\n{"code":"X","facts":{}}', 'makes no sense'],
  ])('one that %s is out of reach', async (_, answer, detail) => {
    const socketPath = join(folder, 'lying.sock');
    const liar = createServer((socket) => void socket.once('data', () => answer && socket.end(answer)).on('error', () => undefined));
    if (answer !== undefined) await new Promise<void>((resolve) => liar.listen(socketPath, resolve));
    const read = await new HelperHost({ socketPath, timeoutMs: 200 }).target(hostPath('a'));
    expect(read).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE', facts: { detail: expect.stringContaining(detail) } } });
    liar.close();
  });
});

async function startHelper(making: HostMaking, uid = process.geteuid?.() ?? 0) {
  const folder = await mkdtemp(join(tmpdir(), 'helper-socket-'));
  const socket = join(folder, 'helper.sock');
  const server = unwrap(await serveHelper(new LocalHost(making), { path: socket, uid, gid: process.getegid?.() ?? 0 }, () => undefined));
  return {
    socket,
    host: new HelperHost({ socketPath: socket, timeoutMs: 20_000 }),
    stop: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
