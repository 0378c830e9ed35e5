/** What goes wrong around an HAProxy: its program, its socket, how it was started, its neighbours, hands in our tree. Nothing that is served changes by it. */
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import { admit } from '../../../src/adapters/installers/haproxy/admit.js';
import type { HaproxyPlace } from '../../../src/adapters/installers/haproxy/haproxy-place.js';
import type { HaproxyInstaller } from '../../../src/adapters/installers/haproxy/haproxy.installer.js';
import { haproxyVerbs } from '../../../src/adapters/installers/haproxy/server/verbs.js';
import type { Hostname } from '../../../src/values/hostname.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { installOnHaproxy as install, putAt, startTestHaproxy, type TestHaproxy } from '../../support/haproxy/haproxy.js';
import { makeCa, type TestCa } from '../../support/pki/certificates.js';
import { freePort } from '../../support/suite/free-port.js';
import { handshake } from '../../support/tls/handshake.js';

describe('HAProxy, where something is wrong', () => {
  let haproxy: TestHaproxy;
  let ca: TestCa;
  let folder: string;
  let served: string;
  const shown = async (name = 'site.example') =>
    (await handshake({ address: '127.0.0.1', port: haproxy.listeners[0].httpsPort }, name)).fingerprint;
  const another = async () => putAt(haproxy, { 'other.example': [await ca.issue({ names: ['other.example'] })] });
  const at = (changed: Partial<HaproxyPlace>): HaproxyInstaller => {
    const place = { ...haproxy.place, ...changed };
    const verbs = haproxyVerbs(place, { version: 300, test: 5000, reload: 300, word: 300 });
    return haproxy.another({ place, host: new LocalHost({ tree: place.tree, verbs, admit: admit(place.tree) }) });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haproxy-faults-'));
    [haproxy, ca] = [await startTestHaproxy(), await makeCa()];
    const certificate = await ca.issue({ names: ['site.example'] });
    served = certificate.fingerprint;
    await install(haproxy.installer, putAt(haproxy, { 'site.example': [certificate] }));
  });
  afterEach(async () => expect(await shown()).toBe(served));
  afterAll(async () => {
    await haproxy.stop();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['is not there', undefined, 'SERVER_UNREACHABLE'],
    ['hangs', 'sleep 1000', 'SERVER_UNREACHABLE'],
    ['prints without end', 'yes', 'SERVER_REFUSED'],
    ['fails', 'exit 1', 'SERVER_REFUSED'],
    ['says nothing', 'true', 'SERVER_REFUSED'],
    ['is too old', "echo 'HA-Proxy version 1.8.19 2019/02/11'", 'SERVER_REFUSED'],
    ['has no TLS', "echo 'HAProxy version 2.6.12'", 'SERVER_REFUSED'],
  ])('a program that %s', async (_, script, code) => {
    const binary = join(folder, `program-${(await readdir(folder)).length}`);
    if (script !== undefined) {
      await writeFile(binary, `#!/bin/sh\n${script}\n`);
      await chmod(binary, 0o755);
    }
    const installer = at({ binary });
    expect(await installer.capabilities()).toMatchObject({ problem: { code } });
    expect(await installer.stage(await another(), 1)).toMatchObject({ problem: { code } });
  });

  describe('a socket', () => {
    let listening: Server | undefined;
    const open: Socket[] = [];
    afterEach(async () => {
      open.splice(0).forEach((socket) => socket.destroy());
      if (listening?.listening) await new Promise((resolve) => listening!.close(resolve));
    });
    const answering = async (answer: (socket: Socket) => void): Promise<string> => {
      const path = join(folder, `s${(await readdir(folder)).length}`);
      listening = createServer((socket) => {
        open.push(socket);
        socket.on('error', () => undefined);
        socket.once('data', () => answer(socket));
      });
      await new Promise<void>((resolve) => listening!.listen(path, resolve));
      return path;
    };

    it.each([
      ['that hangs', () => undefined, 'SERVER_UNREACHABLE'],
      ['that hangs up', (socket: Socket) => socket.destroy(), 'SERVER_UNREACHABLE'],
      ['that is not of level admin', (socket: Socket) => socket.end('operator\n\n'), 'SERVER_REFUSED'],
      ['that says nothing to the point', (socket: Socket) => socket.end('Permission denied\n\n'), 'SERVER_REFUSED'],
      ['that floods', flood, 'SERVER_REFUSED'],
      ['of another process, with its number', (socket: Socket) => socket.end(`admin\nPid: ${process.pid}\n`), 'SERVER_REFUSED'],
    ])('%s: applying is refused, and a start would serve what it did', async (_, answer, code) => {
      const generation = unwrap(await haproxy.installer.stage(await another(), 1));
      const installer = at({ statsSocket: await answering(answer) });
      expect(await installer.apply(generation, 1)).toMatchObject({
        problem: { code: expect.stringMatching(`${code}|SERVER_UNREACHABLE`) },
      });
      unwrap(await haproxy.installer.undo(generation, 1));
      expect(await shown('other.example')).not.toBe(served);
    });
  });

  it('that does not run: it is staged and tested, and applied when it runs again', async () => {
    await haproxy.kill();
    expect(await haproxy.installer.capabilities()).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    expect(unwrap(await haproxy.installer.inventory()).bindings).toHaveLength(1);
    const generation = unwrap(await haproxy.installer.stage(await another(), 1));
    unwrap(await haproxy.installer.test(generation));
    expect(await haproxy.installer.apply(generation, 1)).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    await haproxy.start();
    unwrap(await haproxy.installer.apply(generation, 1));
    unwrap(await haproxy.installer.undo(generation, 1));
  });

  it('that was not started with our file says how to', async () => {
    await haproxy.kill();
    await haproxy.start({ without: true });
    const detail = expect.stringContaining(`-f ${haproxy.place.tree}/current.conf`) as unknown;
    const generation = unwrap(await haproxy.installer.stage(await another(), 1));
    expect(await haproxy.installer.apply(generation, 1)).toMatchObject({ problem: { code: 'SERVER_REFUSED', facts: { detail } } });
    const challenge = await haproxy.installer.presentChallenge('site.example' as Hostname, '/.well-known/acme-challenge/x', 'x');
    expect(challenge).toMatchObject({ problem: { code: 'SERVER_REFUSED', facts: { detail } } });
    expect(unwrap(await haproxy.installer.inventory()).bindings).toEqual([]);
    unwrap(await haproxy.installer.undo(generation, 1));
    await haproxy.kill();
    await haproxy.start();
  });

  it('without a master takes certificates, but a new address only with a restart', async () => {
    await haproxy.kill();
    await haproxy.start({ alone: true });
    const generation = await install(haproxy.installer, await another());
    unwrap(await haproxy.installer.undo(generation, 1));
    const more = { address: '127.0.0.3' as IpAddress, httpPort: await freePort('127.0.0.3'), httpsPort: await freePort('127.0.0.3') };
    const wider = haproxy.another({ listeners: [...haproxy.listeners, more] });
    const staged = unwrap(await wider.stage(await another(), 1));
    const refused = await wider.apply(staged, 1);
    expect(refused).toMatchObject({ problem: { code: 'SERVER_REFUSED', facts: { detail: expect.stringContaining('restart') } } });
    unwrap(await haproxy.installer.undo(staged, 1));
    await haproxy.kill();
    await haproxy.start();
  });

  it.each([
    ['at our address and port', () => `127.0.0.1:${haproxy.listeners[0].httpsPort}`],
    ['at every address', () => `:${haproxy.listeners[0].httpPort}`],
    ['in a range, at every address of both kinds', () => `[::]:${haproxy.listeners[0].httpPort - 1}-${haproxy.listeners[0].httpPort + 1}`],
  ])('a bind of theirs %s is named', async (_, place) => {
    const [file] = haproxy.place.configuration;
    const before = await readFile(file!, 'utf8');
    await appendFile(file!, `\nfrontend theirs\n\tbind ${place()}\n`);
    const generation = unwrap(await haproxy.installer.stage(await another(), 1));
    const detail = expect.stringContaining(`a bind in ${file}`) as unknown;
    expect(await haproxy.installer.test(generation)).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED', facts: { detail } } });
    await writeFile(file!, before);
    unwrap(await haproxy.installer.undo(generation, 1));
  });

  it('a configuration of theirs that HAProxy does not take is said in its words', async () => {
    const [file] = haproxy.place.configuration;
    const before = await readFile(file!, 'utf8');
    await appendFile(file!, '\nfrontend theirs\n\tnonsense\n');
    const generation = unwrap(await haproxy.installer.stage(await another(), 1));
    const detail = expect.stringMatching(/unknown keyword 'nonsense'/) as unknown;
    expect(await haproxy.installer.test(generation)).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED', facts: { detail } } });
    await writeFile(file!, before);
    unwrap(await haproxy.installer.undo(generation, 1));
  });

  it('a chain that is longer than HAProxy takes at once is refused, for its binding alone', async () => {
    const certificate = await ca.issue({ names: ['long.example'] });
    const long = { ...certificate, chainPem: certificate.chainPem + certificate.leafPem.repeat(30) };
    const generation = unwrap(await haproxy.installer.stage(putAt(haproxy, { 'long.example': [long] }), 1));
    const subject = `127.0.0.1:${haproxy.listeners[0].httpsPort} long.example`;
    expect(await haproxy.installer.test(generation)).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ subject }] } });
    unwrap(await haproxy.installer.undo(generation, 1));
  });

  it('a list that was changed by hand is named, and not overwritten', async () => {
    const folderOfLists = join(haproxy.place.tree, 'shards');
    const names = await readdir(folderOfLists);
    const texts = await Promise.all(names.map(async (name) => [name, await readFile(join(folderOfLists, name), 'utf8')] as const));
    const [name, text] = texts.find(([each, content]) => each.endsWith('.conf') && content.includes('site.example'))!;
    await appendFile(join(folderOfLists, name), '# by hand\n');
    expect(await haproxy.installer.inventory()).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
    await writeFile(join(folderOfLists, name), text);
  });
});

function flood(socket: Socket): void {
  const more = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(1024 * 1024, 'a')));
  };
  socket.on('drain', more);
  more();
}
