/** What goes wrong around an Apache: its program, its configuration, its ports, hands in our tree. Nothing that is served changes by it. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { appendFile, chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import { admit } from '../../../src/adapters/installers/apache/admit.js';
import { apacheVerbs } from '../../../src/adapters/installers/apache/server/verbs.js';
import type { GenerationInstaller } from '../../../src/adapters/installers/generations/generation.installer.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { startTestApache, type TestApache } from '../../support/apache/apache.js';
import { installOnNginx as install, putAt } from '../../support/nginx/nginx.js';
import { makeCa, type TestCa } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';

describe('Apache, where something is wrong', () => {
  let apache: TestApache;
  let ca: TestCa;
  let folder: string;
  let served: string;
  const shown = async (name = 'site.example') =>
    (await handshake({ address: '127.0.0.1', port: apache.listeners[0].httpsPort }, name)).fingerprint;
  const another = async () => putAt(apache, { 'other.example': [await ca.issue({ names: ['other.example'] })] });
  const main = () => readFile(apache.place.mainConfiguration, 'utf8');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apache-faults-'));
    apache = await startTestApache();
    ca = await makeCa();
    const certificate = await ca.issue({ names: ['site.example'] });
    served = certificate.fingerprint;
    await install(apache.installer, putAt(apache, { 'site.example': [certificate] }));
  });
  afterAll(async () => {
    await apache.stop();
    await rm(folder, { recursive: true });
  });

  const withProgram = async (script: string | undefined): Promise<GenerationInstaller> => {
    const binary = join(folder, `program-${(await readdir(folder)).length}`);
    if (script !== undefined) {
      await writeFile(binary, `#!/bin/sh\n${script}\n`);
      await chmod(binary, 0o755);
    }
    const place = { ...apache.place, binary };
    const verbs = apacheVerbs(place, { version: 300, test: 300, reload: 300 });
    return apache.another({ place, host: new LocalHost({ tree: place.tree, verbs, admit: admit(place) }) });
  };
  const SAYS = 'Server version: Apache/2.4.68 (Debian)\\n';

  it.each([
    ['is not there', undefined, 'SERVER_UNREACHABLE'],
    ['hangs', 'sleep 1000', 'SERVER_UNREACHABLE'],
    ['prints without end', 'yes', 'SERVER_REFUSED'],
    ['fails', `printf '${SAYS}'; exit 1`, 'SERVER_REFUSED'],
    ['dies', 'kill -SEGV $$', 'SERVER_REFUSED'],
    ['says nothing', 'true', 'SERVER_REFUSED'],
    [
      'lies about what it is',
      `[ "$1" = -v ] && echo 'nginx version: nginx/1.22.1' && exit 0; exec /usr/sbin/apache2 "$@"`,
      'SERVER_REFUSED',
    ],
    ['is too old', `[ "$1" = -v ] && echo 'Server version: Apache/2.4.35' && exit 0; exec /usr/sbin/apache2 "$@"`, 'SERVER_REFUSED'],
    ['accepts everything without a look', `printf '${SAYS}'`, 'SERVER_REFUSED'],
  ])('a program that %s is said to be so, and stages nothing', async (_, script, code) => {
    const installer = await withProgram(script);
    const before = await readdir(apache.place.tree, { recursive: true });
    expect(await installer.capabilities()).toMatchObject({ problem: { code, facts: { server: 'test apache' } } });
    expect(await installer.stage(await another(), 1)).toMatchObject({ problem: { code } });
    expect(await readdir(apache.place.tree, { recursive: true })).toEqual(before);
  });

  it('modules that are not there are named', async () => {
    const place = { ...apache.place, modules: folder };
    const host = new LocalHost({ tree: place.tree, verbs: apacheVerbs(place), admit: admit(place) });
    expect(await apache.another({ place, host }).capabilities()).toMatchObject({
      problem: { code: 'SERVER_REFUSED', facts: { detail: 'it has no mod_rewrite, mod_ssl: install it, or load it' } },
    });
  });

  it('of many bindings those with the key of another certificate are named, which Apache would take and end over', async () => {
    const good = await ca.issue({ names: ['good.example'] });
    const bad = { ...good, keyPem: (await ca.issue({ names: ['bad.example'] })).keyPem };
    const { port, address } = putAt(apache, { x: [] }).put[0]!.key;
    const generation = unwrap(await apache.installer.stage(putAt(apache, { 'good.example': [good], 'bad.example': [bad] }), 1));
    expect(await apache.installer.test(generation)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ subject: `${address}:${port} bad.example` }] },
    });
    unwrap(await apache.host.run('apache-test', [`generations/${generation}.conf`]));
    unwrap(await apache.installer.undo(generation, 1));
    expect(await shown()).toBe(served);
  });

  it('a certificate that OpenSSL refuses there never comes to Apache', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const weak = { ...(await ca.issue({ names: ['weak.example'], publicKey })), keyPem: privateKey };
    const generation = unwrap(await apache.installer.stage(putAt(apache, { 'weak.example': [weak] }), 1));
    expect(await apache.installer.test(generation)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ facts: { detail: 'weak.example: ee key too small' } }] },
    });
    unwrap(await apache.installer.undo(generation, 1));
  });

  it('an Apache that ends over a restart is there again, with the generation before', async () => {
    const certificate = await ca.issue({ names: ['other.example'] });
    const generation = unwrap(await apache.installer.stage(putAt(apache, { 'other.example': [certificate] }), 1));
    unwrap(await apache.installer.test(generation));
    // As a disk that fails would: after our look, before Apache's.
    const certificates = join(apache.place.tree, 'certificates');
    const [name] = (await readdir(certificates)).filter((each) => each.startsWith(certificate.fingerprint));
    await writeFile(join(certificates, name!), 'nothing');
    const before = await apache.pid();
    expect(await apache.installer.apply(generation, 1)).toMatchObject({
      problem: { code: 'SERVER_UNREACHABLE', facts: { detail: expect.stringMatching(/^Apache ended over it: AH\d+: /), ended: true } },
    });
    expect(await apache.pid()).not.toBe(before);
    expect(await shown()).toBe(served);
    unwrap(await apache.installer.undo(generation, 1));
    expect(unwrap(await apache.installer.inventory()).bindings.map(({ key }) => key.name)).toEqual(['site.example']);
    unwrap(await apache.installer.reload(1));
    expect(await shown()).toBe(served);
  });

  it('a port that another program holds is seen before Apache would end over it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.3', resolve));
    const { port } = holder.address() as { port: number };
    const taken = { address: '127.0.0.3' as IpAddress, httpPort: port, httpsPort: apache.listeners[0].httpsPort };
    const installer = apache.another({ listeners: [...apache.listeners, taken] });
    const [before, pid] = [unwrap(await installer.inventory()), await apache.pid()];
    const generation = unwrap(await installer.stage(await another(), 1));
    unwrap(await installer.test(generation));
    expect(await installer.apply(generation, 1)).toMatchObject({
      problem: {
        code: 'SERVER_REFUSED',
        facts: { detail: expect.stringContaining(`another program listens at 127.0.0.3:${port}`), goesOn: true },
      },
    });
    expect([unwrap(await installer.inventory()), await apache.pid(), await shown()]).toEqual([before, pid, served]);
    unwrap(await installer.undo(generation, 1));
    await new Promise((resolve) => holder.close(resolve));
  });

  it('a configuration that somebody broke meanwhile is not loaded, not repaired over their heads, and said in the words of Apache', async () => {
    const generation = unwrap(await apache.installer.stage(await another(), 1));
    unwrap(await apache.installer.test(generation));
    const whole = await main();
    const broken = whole.replace('MaxRequestWorkers', 'MaxReqestWorkers');
    await writeFile(apache.place.mainConfiguration, broken);
    const words = expect.stringMatching(new RegExp(`${apache.place.mainConfiguration}: Invalid command 'MaxReqestWorkers'`));
    const pid = await apache.pid();
    for (const refused of [
      await apache.installer.apply(generation, 1),
      await apache.installer.test(generation),
      await apache.installer.stage(await another(), 1),
    ]) {
      expect(refused).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED', facts: { detail: words } } });
    }
    expect([await main(), await shown(), await apache.pid()]).toEqual([broken, served, pid]);
    await writeFile(apache.place.mainConfiguration, whole);
    unwrap(await apache.installer.undo(generation, 1));
  });

  it('without a running Apache a change is refused, nothing is started, and a start serves the old generation', async () => {
    const generation = unwrap(await apache.installer.stage(await another(), 1));
    unwrap(await apache.installer.test(generation));
    await apache.kill();
    expect(await apache.installer.capabilities()).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    expect(await apache.installer.apply(generation, 1)).toMatchObject({ problem: { code: 'SERVER_UNREACHABLE' } });
    await expect(shown()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await apache.start();
    expect(await shown()).toBe(served);
    unwrap(await apache.installer.undo(generation, 1));
  });

  it('a master that stands still is not waited for, and is made to follow by the next call', async () => {
    const verbs = apacheVerbs(apache.place, { version: 5000, test: 20_000, reload: 300 });
    const impatient = apache.another({ host: new LocalHost({ tree: apache.place.tree, verbs, admit: admit(apache.place) }) });
    const generation = unwrap(await impatient.stage(await another(), 1));
    process.kill(await apache.pid(), 'SIGSTOP');
    expect(await impatient.apply(generation, 1)).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
    process.kill(await apache.pid(), 'SIGCONT');
    unwrap(await apache.installer.undo(generation, 1));
    expect([await shown(), await shown('other.example')]).toEqual([served, await shown('unknown.example')]);
  });

  it('a line of ours that somebody took out comes back with the next change', async () => {
    const whole = await main();
    await writeFile(apache.place.mainConfiguration, whole.replace(/^.*current\.conf.*\n/m, ''));
    const generation = await install(apache.installer, await another());
    expect(await main()).toBe(whole);
    unwrap(await apache.installer.undo(generation, 1));
    expect(await shown()).toBe(served);
  });

  it('a file of ours that was changed by hand is named, and not overwritten', async () => {
    const shards = join(apache.place.tree, 'shards');
    const file = join(shards, (await readdir(shards))[0]!);
    const whole = await readFile(file, 'utf8');
    await appendFile(file, '# by hand\n');
    for (const refused of [
      await apache.installer.inventory(),
      await apache.installer.stage(putAt(apache, { 'site.example': [await ca.issue({ names: ['site.example'] })] }), 1),
    ]) {
      expect(refused).toMatchObject({
        problem: { code: 'CHANGED_BY_HAND', facts: { path: file.slice(apache.place.tree.length + 1), server: 'test apache' } },
      });
    }
    expect(await readFile(file, 'utf8')).toBe(`${whole}# by hand\n`);
    await writeFile(file, whole);
  });

  it.each([
    ['a name that is configuration', 'x.example>\nLoadModule x /x'],
    ['a name with a quote', 'x".example'],
    ['a name with a variable', '${x}.example'],
    ['a name with a backslash', 'x\\'],
    ['a name that is a path', '../../etc'],
    ['a wildcard in the middle', 'a.*.example'],
    ['a name that is not in its normal form', 'X.Example'],
  ])('%s is refused before anything is written', async (_, name) => {
    const before = await readdir(apache.place.tree, { recursive: true });
    const change = putAt(apache, { [name]: [await ca.issue({ names: ['x.example'] })] });
    expect(await apache.installer.stage(change, 1)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(await readdir(apache.place.tree, { recursive: true })).toEqual(before);
  });
});
