/** What goes wrong around an nginx: its program, its configuration, its ports, hands in our tree. Nothing that is served changes by it. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { appendFile, chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import { admit } from '../../../src/adapters/installers/nginx/admit.js';
import type { GenerationInstaller } from '../../../src/adapters/installers/generations/generation.installer.js';
import { installOnNginx, putAt, startTestNginx, workersOf, type TestNginx } from '../../support/nginx/nginx.js';
import { nginxVerbs } from '../../../src/adapters/installers/nginx/server/verbs.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';
import { smallDisk } from '../../support/suite/small-disk.js';

describe('nginx, where something is wrong', () => {
  let nginx: TestNginx;
  let ca: TestCa;
  let folder: string;
  let served: string;
  const shown = async (name = 'site.example') =>
    (await handshake({ address: '127.0.0.1', port: nginx.listeners[0].httpsPort }, name)).fingerprint;
  const another = async () => putAt(nginx, { 'other.example': [await ca.issue({ names: ['other.example'] })] });
  const main = () => readFile(nginx.place.mainConfiguration, 'utf8');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nginx-faults-'));
    nginx = await startTestNginx();
    ca = await makeCa();
    const certificate = await ca.issue({ names: ['site.example'] });
    served = certificate.fingerprint;
    await installOnNginx(nginx.installer, putAt(nginx, { 'site.example': [certificate] }));
  });
  afterAll(async () => {
    await nginx.stop();
    await rm(folder, { recursive: true });
  });

  const withProgram = async (script: string | undefined): Promise<GenerationInstaller> => {
    const binary = join(folder, `program-${(await readdir(folder)).length}`);
    if (script !== undefined) {
      await writeFile(binary, `#!/bin/sh\n${script}\n`);
      await chmod(binary, 0o755);
    }
    const place = { ...nginx.place, binary };
    const verbs = nginxVerbs(place, { version: 300, test: 300, reload: 300 });
    return nginx.another({ place, host: new LocalHost({ tree: place.tree, verbs, admit: admit(place.tree) }) });
  };
  const SAYS =
    'nginx version: nginx/1.22.1\\nbuilt with OpenSSL 3.0.19\\nTLS SNI support enabled\\nconfigure arguments: --with-http_ssl_module\\n';

  it.each([
    ['is not there', undefined, 'SERVER_UNREACHABLE'],
    ['hangs', 'sleep 1000', 'SERVER_UNREACHABLE'],
    ['prints without end', 'yes', 'SERVER_REFUSED'],
    ['fails', `printf '${SAYS}'; exit 1`, 'SERVER_REFUSED'],
    ['dies', 'kill -SEGV $$', 'SERVER_REFUSED'],
    ['says nothing', 'true', 'SERVER_REFUSED'],
    ['is another server', 'echo "Server version: Apache/2.4.71 (Debian)"', 'SERVER_REFUSED'],
    ['has no TLS', "echo 'nginx version: nginx/1.22.1'", 'SERVER_REFUSED'],
  ])('a program that %s is said to be so, and stages nothing', async (_, script, code) => {
    const installer = await withProgram(script);
    const before = await readdir(nginx.place.tree, { recursive: true });
    expect(await installer.capabilities()).toMatchObject({ problem: { code, facts: { server: 'test nginx' } } });
    expect(await installer.stage(await another(), 1)).toMatchObject({ problem: { code } });
    expect(await readdir(nginx.place.tree, { recursive: true })).toEqual(before);
  });

  it.each([
    ['hangs', 'sleep 1000', 'SERVER_UNREACHABLE'],
    ['accepts everything without a look', 'exit 0', 'SERVER_REFUSED'],
    ['gives no reason', 'exit 1', 'SERVER_CONFIG_REFUSED'],
  ])('a program whose test %s is not believed', async (_, script, code) => {
    const installer = await withProgram(`[ "$1" = -V ] && printf '${SAYS}' && exit 0\n${script}`);
    const generation = unwrap(await installer.stage(await another(), 1));
    expect(await installer.test(generation)).toMatchObject({ problem: { code } });
    unwrap(await installer.undo(generation, 1));
    expect(await shown()).toBe(served);
  });

  it('a port that another program holds passes the test and fails the reload: the old generation goes on, and would be started with', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.3', resolve));
    const { port } = holder.address() as { port: number };
    const taken = { address: '127.0.0.3' as IpAddress, httpPort: port, httpsPort: nginx.listeners[0].httpsPort };
    const installer = nginx.another({ listeners: [...nginx.listeners, taken] });
    const before = unwrap(await installer.inventory());
    const generation = unwrap(await installer.stage(await another(), 1));
    unwrap(await installer.test(generation));
    expect(await installer.apply(generation, 1)).toMatchObject({
      problem: { code: 'SERVER_REFUSED', facts: { detail: expect.stringContaining(`bind() to 127.0.0.3:${port} failed`) } },
    });
    expect(unwrap(await installer.inventory())).toEqual(before);
    await nginx.kill();
    await nginx.start();
    expect(await shown()).toBe(served);
    unwrap(await installer.undo(generation, 1));
    await new Promise((resolve) => holder.close(resolve));
    const again = await installOnNginx(installer, await another());
    expect(await shown('other.example')).not.toBe(served);
    unwrap(await installer.undo(again, 1));
  });

  it.each([
    ['stands still', 300, 'SIGSTOP'],
    ['follows when nobody waits any more', 0, undefined],
  ] as const)('a master that %s is not waited for, and is made to follow by the next call', async (_, reload, signal) => {
    const pid = Number(await readFile(join(nginx.directory, 'nginx.pid'), 'utf8'));
    const verbs = nginxVerbs(nginx.place, { version: 5000, test: 20_000, reload });
    const impatient = nginx.another({ host: new LocalHost({ tree: nginx.place.tree, verbs, admit: admit(nginx.place.tree) }) });
    const generation = unwrap(await impatient.stage(await another(), 1));
    const before = await workersOf(nginx);
    if (signal) process.kill(pid, signal);
    expect(await impatient.apply(generation, 1)).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
    if (signal) process.kill(pid, 'SIGCONT');
    await expect.poll(async () => (await workersOf(nginx)).some((worker) => before.includes(worker)), { timeout: 10_000 }).toBe(false);
    unwrap(await nginx.installer.undo(generation, 1));
    const neutral = await shown('unknown.example');
    expect([await shown(), await shown('other.example')]).toEqual([served, neutral]);
    expect(unwrap(await nginx.installer.inventory()).bindings.map(({ key }) => key.name)).toEqual(['site.example']);
  });

  it('without a running nginx a change is refused, and a start serves the old generation', async () => {
    const generation = unwrap(await nginx.installer.stage(await another(), 1));
    unwrap(await nginx.installer.test(generation));
    await nginx.kill();
    expect(await nginx.installer.apply(generation, 1)).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    await nginx.start();
    expect(await shown()).toBe(served);
    unwrap(await nginx.installer.undo(generation, 1));
  });

  it('a configuration that somebody broke meanwhile is not loaded, not repaired over their heads, and said in the words of nginx', async () => {
    const generation = unwrap(await nginx.installer.stage(await another(), 1));
    unwrap(await nginx.installer.test(generation));
    const whole = await main();
    const broken = whole.replace('access_log off;', 'acess_log off;');
    await writeFile(nginx.place.mainConfiguration, broken);
    expect(await nginx.installer.apply(generation, 1)).toMatchObject({
      problem: { code: 'SERVER_REFUSED', facts: { detail: expect.stringContaining('unknown directive "acess_log"') } },
    });
    expect(await nginx.installer.test(generation)).toMatchObject({
      problem: {
        code: 'SERVER_CONFIG_REFUSED',
        facts: { detail: expect.stringContaining(`"acess_log" in ${nginx.place.mainConfiguration}:`) },
      },
    });
    unwrap(await nginx.installer.undo(generation, 1));
    expect([await main(), await shown()]).toEqual([broken, served]);
    await writeFile(nginx.place.mainConfiguration, whole);
  });

  it('a refusal is read from the log that nginx writes, and not from what somebody put in its place', async () => {
    const log = join(nginx.directory, 'error.log');
    const whole = await main();
    const generation = unwrap(await nginx.installer.stage(await another(), 1));
    unwrap(await nginx.installer.test(generation));
    await rm(log);
    spawnSync('mkfifo', [log]);
    await writeFile(nginx.place.mainConfiguration, whole.replace('access_log off;', 'acess_log off;'));
    const verbs = nginxVerbs(nginx.place, { version: 5000, test: 20_000, reload: 5000 });
    const patient = nginx.another({ host: new LocalHost({ tree: nginx.place.tree, verbs, admit: admit(nginx.place.tree) }) });
    expect(await patient.apply(generation, 1)).toMatchObject({
      problem: { code: 'SERVER_REFUSED', facts: { detail: expect.stringContaining('unknown directive "acess_log"') } },
    });
    await rm(log);
    await writeFile(nginx.place.mainConfiguration, whole);
    unwrap(await nginx.installer.undo(generation, 1));
    expect(await shown()).toBe(served);
  });

  it.each([
    ['unreadable', 'http { server { listen 80; }\n', 'SERVER_CONFIG_REFUSED'],
    ['without an http block', 'events {}\n', 'SERVER_CONFIG_REFUSED'],
    ['gone', undefined, 'SERVER_UNREACHABLE'],
  ])('a main configuration that is %s is left alone', async (_, text, code) => {
    const whole = await main();
    if (text === undefined) await rm(nginx.place.mainConfiguration);
    else await writeFile(nginx.place.mainConfiguration, text);
    expect(await nginx.installer.stage(await another(), 1)).toMatchObject({ problem: { code } });
    expect(await main().catch(() => undefined)).toBe(text);
    await writeFile(nginx.place.mainConfiguration, whole);
  });

  it('a line of ours that somebody took out comes back with the next change', async () => {
    const whole = await main();
    await writeFile(nginx.place.mainConfiguration, whole.replace(/^.*current\.conf.*\n/m, ''));
    const generation = await installOnNginx(nginx.installer, await another());
    expect(await main()).toBe(whole);
    unwrap(await nginx.installer.undo(generation, 1));
    expect(await shown()).toBe(served);
  });

  it('a file of ours that was changed by hand is named, and neither overwritten nor forgotten', async () => {
    const generations = join(nginx.place.tree, 'generations');
    const shards = join(nginx.place.tree, 'shards');
    const files = [
      join(shards, (await readdir(shards))[0]!),
      ...(await readdir(generations)).slice(-1).map((name) => join(generations, name)),
    ];
    for (const file of files) {
      const whole = await readFile(file, 'utf8');
      await appendFile(file, '# by hand\n');
      for (const refused of [
        await nginx.installer.inventory(),
        await nginx.installer.stage(putAt(nginx, { 'site.example': [await ca.issue({ names: ['site.example'] })] }), 1),
      ]) {
        expect(refused).toMatchObject({
          problem: { code: 'CHANGED_BY_HAND', facts: { path: file.slice(nginx.place.tree.length + 1), server: 'test nginx' } },
        });
      }
      expect(await readFile(file, 'utf8')).toBe(`${whole}# by hand\n`);
      await writeFile(file, whole);
    }
    await rename(files[0]!, `${files[0]!}.away`);
    expect(await nginx.installer.inventory()).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
    await rename(`${files[0]!}.away`, files[0]!);
    expect(unwrap(await nginx.installer.inventory()).bindings).toHaveLength(1);
  });

  it.each([
    ['a pipe', (path: string) => void spawnSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdir(path)],
    ['a device that never ends', (path: string) => symlink('/dev/zero', path)],
    ['as large as a disk', (path: string) => writeFile(path, '').then(() => truncate(path, 2 ** 40))],
    ['not there', async () => undefined],
  ])('a main configuration that is %s is said to be so, and waited for by nobody', async (kind, make) => {
    const mainConfiguration = join(folder, kind.replaceAll(' ', '-'));
    await make(mainConfiguration);
    const place = { ...nginx.place, mainConfiguration };
    const host = new LocalHost({ tree: place.tree, verbs: nginxVerbs(place), admit: admit(place.tree) });
    expect(await nginx.another({ place, host }).capabilities()).toMatchObject({
      problem: { code: 'SERVER_UNREACHABLE', facts: { detail: expect.stringContaining(`${mainConfiguration} cannot be read`) } },
    });
    await rm(mainConfiguration, { recursive: true, force: true });
  });

  it('a link out of our tree is not followed', async () => {
    const outside = join(folder, 'outside');
    const certificates = join(nginx.place.tree, 'certificates');
    await mkdir(outside);
    await rename(certificates, `${certificates}-real`);
    await symlink(outside, certificates);
    expect(await nginx.installer.stage(await another(), 1)).toMatchObject({
      problem: { code: 'CHANGED_BY_HAND', facts: { path: 'certificates' } },
    });
    expect(await readdir(outside)).toEqual([]);
    await rm(certificates);
    await rename(`${certificates}-real`, certificates);
    expect(await shown()).toBe(served);
  });

  it.each([
    ['a name that is configuration', 'x.example; } server { listen 1.2.3.4:80', 'INVALID_INPUT'],
    ['a name with a line break', 'x.example\nroot /;', 'INVALID_INPUT'],
    ['a name with a quote', 'x".example', 'INVALID_INPUT'],
    ['a name with a variable', '$host.example', 'INVALID_INPUT'],
    ['a name that is a path', '../../etc', 'INVALID_INPUT'],
    ['a name that is not in its normal form', 'X.Example', 'INVALID_INPUT'],
  ])('%s is refused before anything is written', async (_, name, code) => {
    const before = await readdir(nginx.place.tree, { recursive: true });
    const change = putAt(nginx, { [name]: [await ca.issue({ names: ['x.example'] })] });
    expect(await nginx.installer.stage(change, 1)).toMatchObject({ problem: { code } });
    expect(await readdir(nginx.place.tree, { recursive: true })).toEqual(before);
  });

  it('what nginx cannot serve here is refused: another address, the panel, no certificate', async () => {
    const [put] = (await another()).put;
    for (const wrong of [
      { ...put!, key: { ...put!.key, port: 1 } },
      { ...put!, route: 'PANEL' as const },
      { ...put!, certificates: [] },
      { ...put!, certificates: [{ ...put!.certificates[0]!, fingerprint: '../../x' }] },
    ]) {
      expect(await nginx.installer.stage({ put: [wrong], remove: [] }, 1)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    }
  });

  it('of many bindings those with a broken certificate are named, and the others can go on', async () => {
    const good = await ca.issue({ names: ['good.example'] });
    const bad = { ...good, keyPem: (await ca.issue({ names: ['bad.example'] })).keyPem };
    const { port, address } = putAt(nginx, { x: [] }).put[0]!.key;
    const generation = unwrap(await nginx.installer.stage(putAt(nginx, { 'good.example': [good], 'bad.example': [bad] }), 1));
    expect(await nginx.installer.test(generation)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ subject: `${address}:${port} bad.example` }] },
    });
    await installOnNginx(nginx.installer, putAt(nginx, { 'good.example': [good] }));
    expect(await shown('good.example')).toBe(good.fingerprint);
  });

  it('a certificate that only nginx refuses is traced from its words to the bindings', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      // Below what OpenSSL takes at Debian's security level 2.
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const weak = { ...(await ca.issue({ names: ['one.example', 'two.example'], publicKey })), keyPem: privateKey };
    const generation = unwrap(await nginx.installer.stage(putAt(nginx, { 'one.example': [weak], 'two.example': [weak] }), 1));
    const { port, address } = putAt(nginx, { x: [] }).put[0]!.key;
    expect(await nginx.installer.test(generation)).toMatchObject({
      problem: {
        code: 'SERVER_CONFIG_REFUSED',
        facts: { detail: expect.stringContaining('ee key too small') },
        sub: expect.arrayContaining(
          ['one.example', 'two.example'].map((name) => expect.objectContaining({ subject: `${address}:${port} ${name}` })),
        ),
      },
    });
    unwrap(await nginx.installer.undo(generation, 1));
  });

  it('keeps no key that nothing can serve any more: not of what was taken back, nor of what was pruned', async () => {
    const keys = async () => (await readdir(join(nginx.place.tree, 'certificates'))).map((name) => name.slice(0, 64));
    const [old, fresh, never] = await Promise.all([1, 2, 3].map(() => ca.issue({ names: ['keys.example'] })));
    const install = (certificate: TestCertificate) => installOnNginx(nginx.installer, putAt(nginx, { 'keys.example': [certificate] }));
    await install(old!);
    unwrap(await nginx.installer.undo(unwrap(await nginx.installer.stage(putAt(nginx, { 'keys.example': [never!] }), 1)), 1));
    expect(await keys()).not.toContain(never!.fingerprint);
    await install(fresh!);
    unwrap(await nginx.installer.prune(1));
    expect(await keys()).toEqual(expect.arrayContaining([old!.fingerprint, fresh!.fingerprint, served]));
    await install(fresh!);
    unwrap(await nginx.installer.prune(1));
    expect(await keys()).not.toContain(old!.fingerprint);
    expect(await keys()).toEqual(expect.arrayContaining([fresh!.fingerprint, served]));
  });

  it('on a full disk a change leaves no file and no key behind', async (context) => {
    const disk = await smallDisk();
    if (!disk) return context.skip('a small file system of its own cannot be mounted here');
    const full = await startTestNginx({ tree: join(disk.path, 'tree') });
    await installOnNginx(full.installer, putAt(full, { 'site.example': [await ca.issue({ names: ['site.example'] })] }));
    const before = await readdir(full.place.tree, { recursive: true });
    const makeRoom = await disk.fill();
    expect(await full.installer.stage(putAt(full, { 'site.example': [await ca.issue({ names: ['site.example'] })] }), 1)).toMatchObject({
      problem: { code: 'SERVER_DISK_FULL' },
    });
    expect(await readdir(full.place.tree, { recursive: true })).toEqual(before);
    await makeRoom();
    await full.stop();
    await disk.remove();
  });

  it('says that it does not run, and stages and tests all the same', async () => {
    await nginx.kill();
    expect(await nginx.installer.capabilities()).toMatchObject({
      problem: { code: 'SERVER_UNREACHABLE', facts: { detail: 'it does not run' } },
    });
    const generation = unwrap(await nginx.installer.stage(await another(), 1));
    unwrap(await nginx.installer.test(generation));
    await nginx.start();
    unwrap(await nginx.installer.undo(generation, 1));
  });

  it('is told which nginx it is, and the TLS library that it runs with', async () => {
    const said = spawnSync(nginx.place.binary, ['-V'], { encoding: 'utf8' }).stderr;
    const running = (/\(running with (OpenSSL [0-9.]+)/.exec(said) ?? /built with (OpenSSL [0-9.]+)/.exec(said))?.[1];
    expect(unwrap(await nginx.installer.capabilities())).toMatchObject({
      software: 'nginx',
      tlsLibrary: running,
      changesWithoutReload: false,
    });
  });
});
