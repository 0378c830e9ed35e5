/** Another machine over SSH: a real OpenSSH server, and behind it the helper as it runs beside a server. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'ssh2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hostPath } from '../../../src/adapters/hosts/host-path.js';
import type { HostFile } from '../../../src/adapters/hosts/host.js';
import type { SshAccess } from '../../../src/adapters/hosts/hosts.js';
import { serveHelper } from '../../../src/adapters/hosts/local/helper-server.js';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import { SshHosts } from '../../../src/adapters/hosts/ssh/ssh-hosts.js';
import { ed25519KeyPair } from '../../../src/cores/ssh/ed25519-key.js';
import { sshFingerprint } from '../../../src/cores/ssh/public-key.js';
import { minutes } from '../../../src/values/instant.js';
import { ok, unwrap } from '../../../src/values/result.js';
import { TestClock } from '../../support/app.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { startSshd, type TestSshd } from '../../support/ssh/sshd.js';
import { part } from '../../support/suite/parts.js';
import { hostContract, type HostMaking } from '../host.contract.js';

const ours = ed25519KeyPair(randomBytes(32));
const clock = new TestClock();
const dialer = loopbackDialer();
const makeHosts = (openTimeoutMs = 20_000) => new SshHosts({ dialer, clock, openTimeoutMs, callTimeoutMs: 20_000 });
let sshd: TestSshd;
let made = 0;
beforeAll(async () => {
  sshd = await startSshd();
  sshd.letIn(ours.publicKey);
});
afterAll(() => sshd?.stop());

const access = (more: Partial<SshAccess> = {}): SshAccess => ({
  ...{ id: 'hos_a', address: ip('127.0.0.1'), port: sshd.port, user: sshd.user, hostKey: sshd.hostKey, key: ours.privateKey },
  ...more,
});

/** A helper beside the servers of the other machine. */
async function startHelper(making: HostMaking) {
  const name = `helper${++made}`;
  const socket = { path: join(sshd.sockets, `${name}.sock`), ...sshd.identity };
  const server = unwrap(await serveHelper(new LocalHost(making), socket, () => undefined));
  return { name, stop: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

hostContract('ssh', async (making) => {
  const helper = await startHelper(making);
  const [hosts, others] = [makeHosts(), makeHosts()];
  return {
    host: unwrap(hosts.through(access(), helper.name)),
    another: unwrap(others.through(access(), helper.name)),
    stop: async () => {
      hosts.close();
      others.close();
      await helper.stop();
    },
  };
});

describe('a host over SSH', () => {
  let folder: string;
  let hosts: SshHosts;
  let admit: HostMaking['admit']['file'];
  let helper: Awaited<ReturnType<typeof startHelper>>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ssh-'));
    hosts = makeHosts();
    admit = () => ok(undefined);
    const making = { tree: join(folder, 'tree'), verbs: {}, admit: { file: (file: HostFile) => admit(file), link: () => ok(undefined) } };
    helper = await startHelper(making);
  });
  afterEach(async () => {
    hosts.close();
    await helper.stop();
    await rm(folder, { recursive: true });
  });
  const through = (more: Partial<SshAccess> = {}, name = helper.name) => unwrap(hosts.through(access(more), name));
  const file = (name: string, content: string): HostFile => ({ path: hostPath(name), content, access: 'OWNER' });
  const written = async (name: string) => unwrap(await new LocalHost(treeOf(folder)).read(hostPath(name)))?.revealText();
  const unreachable = (detail: string) => ({ problem: { code: 'SERVER_UNREACHABLE', facts: { detail: expect.stringContaining(detail) } } });

  it('that shows another key than the pinned one is refused with both, of whatever type, and nothing is sent to it', async () => {
    const pinned = sshd.hostKey;
    unwrap(await through().write([file('served', 'before')]));
    let served = 'before';
    for (const type of ['ed25519', 'rsa'] as const) {
      const offered = await sshd.newHostKey(type);
      const refused = await through({ hostKey: pinned, id: type }).write([file('served', 'after')]);
      const facts = { pinned: sshFingerprint(pinned), offered: sshFingerprint(offered), address: '127.0.0.1', port: sshd.port };
      expect(refused).toMatchObject({ problem: { code: 'HOST_KEY_CHANGED', facts } });
      expect(await hosts.offeredKey(access())).toEqual(ok(offered));
      expect(await written('served')).toBe(served);
      // Pinned anew it is the right one.
      served = `with ${type}`;
      unwrap(await through({ hostKey: offered, id: type }).write([file('served', served)]));
      expect(await written('served')).toBe(served);
    }
  });

  it('says why it is out of reach', async () => {
    const stranger = ed25519KeyPair(randomBytes(32));
    expect(await through({ id: 'key', key: stranger.privateKey }).list(hostPath('a'))).toMatchObject(unreachable('does not take'));
    expect(await through({ id: 'user', user: 'nobody-here' }).list(hostPath('a'))).toMatchObject(unreachable('does not take'));
    expect(await through({ id: 'port', port: 1 }).list(hostPath('a'))).toMatchObject(unreachable('refuses the connection'));
    expect(await through({ id: 'away', address: ip('127.0.0.9') }).list(hostPath('a'))).toMatchObject(unreachable('is not dialled'));
    expect(await through({}, 'nobody').list(hostPath('a'))).toMatchObject(unreachable('is not running there'));
  });

  it('that never had the command of authorized_keys says so', async () => {
    const other = ed25519KeyPair(randomBytes(32));
    sshd.letIn(other.publicKey, '/nowhere/hostseal-connect');
    const asked = await through({ id: 'bare', key: other.privateKey }).list(hostPath('a'));
    expect(asked).toMatchObject(unreachable('hostseal-connect, cannot be run there'));
  });

  it.each([
    ['that accepts and says nothing', () => undefined, 'does not answer in time'],
    ['that hangs up', (socket: Socket) => socket.destroy(), 'closed the connection'],
    ['that speaks HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'it '],
    ['that sends a flood of lines before its banner', flood, 'it '],
    [
      'that begins SSH and sends rubbish',
      (socket: Socket) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(5000, 0xff)])),
      'it does not speak SSH',
    ],
    ['that is of the last century', (socket: Socket) => socket.write('SSH-1.5-old\r\n'), 'it '],
  ])('%s costs its caller a bounded time, and the reason is told', async (_, says, detail) => {
    const { server, port } = await listen(says);
    const impatient = makeHosts(300);
    const asked = await unwrap(impatient.through(access({ port }), helper.name)).list(hostPath('a'));
    expect(asked).toMatchObject(unreachable(detail));
    expect(await impatient.offeredKey(access({ port }))).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    impatient.close();
    server.close();
  });

  it('that was out of reach is left alone for a while, and then asked again', async () => {
    let dials = 0;
    const { server, port } = await listen((socket) => (dials++, socket.destroy()));
    const dead = through({ port });
    const first = await dead.list(hostPath('a'));
    expect(await dead.list(hostPath('a'))).toEqual(first);
    expect(dials).toBe(1);
    clock.advance(minutes(2));
    expect(await dead.list(hostPath('a'))).toMatchObject(unreachable('closed the connection'));
    expect(dials).toBe(2);
    server.close();
  });

  it('many at once: those that are dead hold up none of the others', async () => {
    const silent: Socket[] = [];
    const { server, port } = await listen((socket) => void silent.push(socket));
    let ended = 0;
    const dead = Array.from({ length: 5 }, (_, i) => hosts.greet(access({ id: `dead${i}`, port })).finally(() => ended++));
    const living = Array.from({ length: 45 }, (_, i) => hosts.greet(access({ id: `living${i}` })));
    for (const greeted of await Promise.all(living)) unwrap(greeted);
    unwrap(await through({ id: 'living0' }).write([file('a', 'b')]));
    expect([silent.length, ended]).toEqual([5, 0]);
    for (const socket of silent) socket.destroy();
    for (const greeted of await Promise.all(dead)) expect(greeted).toMatchObject(unreachable('closed the connection'));
    server.close();
  });

  it('has one connection, which all calls share, and another one when that broke', async () => {
    const { relay, port, connections } = await relayTo(sshd.port);
    const host = through({ port });
    const names = Array.from({ length: 20 }, (_, i) => `many${i}`);
    for (const wrote of await Promise.all(names.map((name) => host.write([file(name, name)])))) unwrap(wrote);
    expect(connections.length).toBe(1);
    connections[0]!.destroy();
    // The call that finds it broken may be the one that says so.
    await host.list(hostPath('a'));
    expect(await host.read(hostPath('many7'))).toMatchObject({ ok: true });
    expect(connections.length).toBe(2);
    relay.close();
  });

  it.each([
    ['as the helper begins to write', 'writing'],
    ['as the first octets of a request arrive', 'asked'],
  ])('whose sshd is killed %s has the file whole or as it was, and goes on when sshd is back', async (_, when) => {
    const [before, after] = ['before'.repeat(50_000), 'after!'.repeat(50_000)];
    unwrap(await through().write([file('key', before)]));
    let kill: Promise<void> | undefined;
    const die = () => void (kill ??= sshd.kill());
    const door = when === 'asked' ? await doorTo(helper.name, die) : undefined;
    if (when === 'writing') admit = () => (die(), ok(undefined));
    const wrote = await through({}, door?.name).write([file('key', after)]);
    await kill;
    expect(wrote).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    expect([before, after]).toContain(await written('key'));
    admit = () => ok(undefined);
    await sshd.start();
    clock.advance(minutes(2));
    unwrap(await through().write([file('key', 'now')]));
    expect(await written('key')).toBe('now');
    door?.close();
  });

  describe('an account that was taken over', () => {
    /** With OpenSSH's own client, the key of Hostseal, and all that can be asked for. */
    async function attack(...args: readonly string[]) {
      const key = join(folder, 'stolen');
      await writeFile(key, ours.privateKey.revealText(), { mode: 0o600 });
      const options = [
        '-F',
        'none',
        '-i',
        key,
        '-p',
        `${sshd.port}`,
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
      ];
      const command = [...options, '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes', '-o', 'LogLevel=ERROR', ...args];
      const ran = promisify(execFile)(part('ssh'), command, { timeout: 20_000 });
      ran.child.stdin?.end();
      return ran.then(
        ({ stdout }) => ({ code: 0, stdout }),
        ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
      );
    }
    const me = () => `${sshd.user}@127.0.0.1`;

    it.each([
      ['a shell', () => [me()]],
      ['a terminal', () => ['-tt', me()]],
      ['another command', () => [me(), 'id']],
      ['a path instead of a name', () => [me(), '../../etc/passwd']],
      ['a path behind a name', () => [me(), `${helper.name}/../x`]],
      ['a name with more for a shell', () => [me(), `${helper.name}; id`]],
      ['files over SFTP', () => ['-s', me(), 'sftp']],
      ['a name that is none', () => [me(), 'X'.repeat(1000)]],
    ])('gets nothing for %s', async (_, args) => {
      const { code, stdout } = await attack(...args());
      expect(stdout).toBe('');
      expect([64, 69, 255]).toContain(code);
    });

    it.each<[string, (client: Client, answer: (error: Error | null | undefined) => void) => unknown]>([
      ['out of the machine', (client, answer) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', sshd.port, answer)],
      [
        'past its command to a helper',
        (client, answer) => client.openssh_forwardOutStreamLocal(join(sshd.sockets, `${helper.name}.sock`), answer),
      ],
      ['into it', (client, answer) => client.forwardIn('127.0.0.1', 0, answer)],
      ['into a socket of it', (client, answer) => client.openssh_forwardInStreamLocal(join(folder, 'mine.sock'), answer)],
    ])('gets no way %s', async (_, ask) => {
      const client = new Client();
      await new Promise<void>((resolve, reject) => {
        client.once('ready', resolve).once('error', reject);
        client.connect({ host: '127.0.0.1', port: sshd.port, username: sshd.user, privateKey: ours.privateKey.revealText() });
      });
      expect(await new Promise((resolve) => ask(client, resolve))).toBeInstanceOf(Error);
      client.end();
    });
  });
});

const treeOf = (folder: string) => ({
  tree: join(folder, 'tree'),
  verbs: {},
  admit: { file: () => ok(undefined), link: () => ok(undefined) },
});

function flood(socket: Socket): void {
  const more = () => socket.destroyed || socket.write('x'.repeat(60_000) + '\r\n', () => setImmediate(more));
  more();
}

async function listen(says: (socket: Socket) => unknown): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => void says(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function relayTo(port: number) {
  const connections: Socket[] = [];
  const { server: relay, port: at } = await listen((socket) => {
    connections.push(socket);
    const onward = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    socket
      .on('close', () => onward.destroy())
      .pipe(onward)
      .pipe(socket);
  });
  return { relay, port: at, connections };
}

/** In front of a helper: it tells when the first octets come. */
async function doorTo(helper: string, arrived: () => void) {
  const name = `door${++made}`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', arrived);
    socket.pipe(connect(join(sshd.sockets, `${helper}.sock`)).on('error', () => undefined)).pipe(socket);
  });
  const path = join(sshd.sockets, `${name}.sock`);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await chown(path, sshd.identity.uid, sshd.identity.gid);
  return { name, close: () => server.close() };
}
