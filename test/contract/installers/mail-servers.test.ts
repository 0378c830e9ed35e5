/** Dovecot and Postfix beside what their administrator wrote: every port of mail, strangers, neighbours, drift, and programs that are not what they should be. */
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostPath } from '../../../src/adapters/hosts/host-path.js';
import type { ServerInstaller } from '../../../src/adapters/installers/installer.js';
import { DOVECOT } from '../../../src/adapters/installers/dovecot/manifest.js';
import { POSTFIX } from '../../../src/adapters/installers/postfix/manifest.js';
import { makeProber } from '../../../src/adapters/network/probe/prober.js';
import { SystemRandom } from '../../../src/platform/random.js';
import type { Hostname } from '../../../src/values/hostname.js';
import { instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { startTestDovecot } from '../../support/mail/dovecot.js';
import { hostOf, installerOf, putAtAll, type MailPlace, type TestMailServer } from '../../support/mail/mail-server.js';
import { startTestPostfix } from '../../support/mail/postfix.js';
import { loopbackDialer } from '../../support/network.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';
import { createHash } from 'node:crypto';

const prober = makeProber({ dialer: loopbackDialer(), clock: { now: () => instant(0) }, random: new SystemRandom(), timeoutMs: 20_000 });

/** What our own client sees, after what the port wants to hear before TLS. */
async function observed(place: MailPlace, name: string): Promise<string> {
  const { session } = await prober.observe({ ...place, servername: name as Hostname });
  return createHash('sha256')
    .update(session?.chain[0] ?? '')
    .digest('hex');
}

async function install(installer: ServerInstaller, change: Parameters<ServerInstaller['stage']>[0]): Promise<number> {
  const generation = unwrap(await installer.stage(change, 1));
  unwrap(await installer.test(generation));
  unwrap(await installer.apply(generation, 1));
  return generation;
}

const refusal = (code: string, detail?: unknown) => ({ problem: { code, ...(detail !== undefined && { facts: { detail } }) } });
const saying = (words: string) => expect.stringContaining(words) as string;

/** What is as true of the one as of the other. `theirs`: what they show for a name that the administrator has given a certificate. */
function mailServer(
  title: string,
  start: (theirs: TestCertificate, folder: string) => Promise<TestMailServer & { own: string }>,
): () => TestMailServer {
  let server: TestMailServer & { own: string };
  let ca: TestCa;
  let folder: string;
  let theirs: TestCertificate;
  let ours: TestCertificate;
  let before: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mail-servers-'));
    await chmod(folder, 0o711);
    ca = await makeCa();
    [theirs, ours] = [await ca.issue({ names: ['theirs.example'] }), await ca.issue({ names: ['mail.shop.example'] })];
    await writeFile(join(folder, 'theirs.pem'), theirs.keyPem + theirs.chainPem, { mode: 0o600 });
    server = await start(theirs, folder);
    before = await readFile(server.main, 'utf8');
    await install(server.installer, putAtAll(Object.values(server.places), { 'mail.shop.example': [ours] }));
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  it(`${title} shows our certificate at every port, after what is said there before TLS; theirs and its own stay`, async () => {
    for (const [port, place] of Object.entries(server.places)) {
      if (place.address === '127.0.0.1') expect([port, await observed(place, 'mail.shop.example')]).toEqual([port, ours.fingerprint]);
      expect([port, (await handshake(place, 'theirs.example')).fingerprint]).toEqual([port, theirs.fingerprint]);
      expect([port, (await handshake(place, 'unknown.example')).fingerprint]).toEqual([port, server.own]);
      expect([port, (await handshake(place)).fingerprint]).toEqual([port, server.own]);
    }
  });

  it(`nothing of ${title}'s own configuration changes but by our words, which come back where somebody took them out`, async () => {
    const adopted = await readFile(server.main, 'utf8');
    const ourWords = /(, texthash:\S+|!include_try \S+\n)/;
    expect(adopted.match(new RegExp(ourWords, 'g'))).toHaveLength(1);
    expect(adopted.replace(ourWords, '')).toBe(before);
    await writeFile(server.main, before);
    unwrap(await server.installer.reload!(1));
    expect(await readFile(server.main, 'utf8')).toBe(adopted);
  });

  it(`a file of ours that was changed by hand is named, and not overwritten, at ${title}`, async () => {
    const shards = join(server.tree, 'shards');
    const file = join(shards, (await readdir(shards))[0]!);
    const whole = await readFile(file, 'utf8');
    await appendFile(file, '# by hand\n');
    expect(await server.installer.inventory()).toMatchObject(refusal('CHANGED_BY_HAND'));
    expect(await server.installer.stage(putAtAll(Object.values(server.places), { 'mail.shop.example': [ours] }), 1)).toMatchObject(
      refusal('CHANGED_BY_HAND'),
    );
    expect(await readFile(file, 'utf8')).toBe(`${whole}# by hand\n`);
    await writeFile(file, whole);
  });

  it.each([
    ['a name that is configuration', 'x.example {\n}\nmail_executable=/x'],
    ['a name with a space', 'x.example /etc/shadow'],
    ['a name that is a path', '../../etc'],
    ['a wildcard in the middle', 'a.*.example'],
    ['a name that is not in its normal form', 'X.Example'],
  ])(`%s is refused before anything is written to ${title}`, async (_, name) => {
    const there = await readdir(server.tree, { recursive: true });
    expect(await server.installer.stage(putAtAll(Object.values(server.places), { [name]: [ours] }), 1)).toMatchObject(
      refusal('INVALID_INPUT'),
    );
    expect(await readdir(server.tree, { recursive: true })).toEqual(there);
  });

  it(`a port where ${title} does not listen for us is refused`, async () => {
    const [place] = Object.values(server.places);
    const change = putAtAll([{ ...place!, port: 1 }], { 'mail.shop.example': [ours] });
    expect(await server.installer.stage(change, 1)).toMatchObject(refusal('INVALID_INPUT', saying('does not listen for us')));
  });

  it(`without a running ${title} a change is refused, and a start serves what was served`, async () => {
    const fresh = await ca.issue({ names: ['mail.shop.example'] });
    const generation = unwrap(await server.installer.stage(putAtAll(Object.values(server.places), { 'mail.shop.example': [fresh] }), 1));
    unwrap(await server.installer.test(generation));
    await server.kill();
    expect(await server.installer.capabilities()).toMatchObject(refusal('SERVER_UNREACHABLE'));
    expect(await server.installer.apply(generation, 1)).toMatchObject(refusal('SERVER_UNREACHABLE'));
    await server.start();
    const [place] = Object.values(server.places);
    expect(await observed(place!, 'mail.shop.example')).toBe(ours.fingerprint);
    unwrap(await server.installer.undo(generation, 1));
  });
  return () => server;
}

/** What is seen of a program in the place of another. */
async function program(folder: string, name: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return join(folder, name);
}

describe('Dovecot with an administrator of its own', { timeout: 60_000 }, () => {
  const server = mailServer('Dovecot', (_, folder) => {
    const pem = join(folder, 'theirs.pem');
    return startTestDovecot({ more: `local_name theirs.example {\n\tssl_cert = <${pem}\n\tssl_key = <${pem}\n}` });
  });

  it('a name that somebody else has there is not taken from them: refused, with the binding', async () => {
    const { installer, places } = server();
    const certificate = await (await makeCa()).issue({ names: ['theirs.example'] });
    const generation = unwrap(await installer.stage(putAtAll([places['imaps']!], { 'theirs.example': [certificate] }), 1));
    const { address, port } = places['imaps']!;
    expect(await installer.test(generation)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ subject: `${address}:${port} theirs.example` }] },
    });
    unwrap(await installer.undo(generation, 1));
  });

  it('more names than Dovecot has room for are refused, over which it would let nobody log in', async () => {
    const { installer, main } = server();
    const whole = await readFile(main, 'utf8');
    await appendFile(
      main,
      Array.from({ length: 1000 }, (_, at) => `local_name n${at}.example {\n\tssl_prefer_server_ciphers = yes\n}\n`).join(''),
    );
    const { generation } = unwrap(await installer.inventory());
    expect(await installer.test(generation)).toMatchObject(
      refusal('SERVER_CONFIG_REFUSED', saying('more than the 1000 that Dovecot has room for')),
    );
    await writeFile(main, whole);
  });

  it('a configuration that somebody broke is not loaded, and said in the words of Dovecot', async () => {
    const { installer, main, pid } = server();
    const [whole, before] = [await readFile(main, 'utf8'), await pid()];
    await appendFile(main, 'ssl_sert = x\n');
    expect(await installer.reload!(1)).toMatchObject(refusal('SERVER_CONFIG_REFUSED', saying('ssl_sert')));
    await writeFile(main, whole);
    unwrap(await installer.reload!(1));
    expect(await pid()).toBe(before);
  });

  it.each([
    ['is not there', undefined, 'SERVER_UNREACHABLE'],
    ['fails', 'exit 1', 'SERVER_REFUSED'],
    ['dies', 'kill -SEGV $$', 'SERVER_REFUSED'],
    ['prints without end', 'yes', 'SERVER_REFUSED'],
    ['says yes to everything', 'echo "2.3.19.1 (9b53102964)"', 'SERVER_REFUSED'],
    ['speaks another language', '[ "$1" = --version ] && echo "2.4.1 (1234abcd)" && exit; exec /usr/sbin/dovecot "$@"', 'SERVER_REFUSED'],
  ])('a program that %s is said to be so, and stages nothing', async (what, script, code) => {
    const { directory, main, tree, mail, places } = server();
    const folder = join(directory, what.replaceAll(' ', '-'));
    const binary = script === undefined ? join(folder, 'dovecot') : await program(folder, 'dovecot', script);
    const placed = unwrap(DOVECOT.place({ binary, mainConfiguration: main, tree }));
    const installer = installerOf(placed, hostOf(placed), mail);
    const there = await readdir(tree, { recursive: true });
    expect(await installer.capabilities()).toMatchObject(refusal(code));
    const certificate = await (await makeCa()).issue({ names: ['x.example'] });
    expect(await installer.stage(putAtAll([places['imaps']!], { 'x.example': [certificate] }), 1)).toMatchObject(refusal(code));
    expect(await readdir(tree, { recursive: true })).toEqual(there);
  });

  it('what the helper lets pass is ours alone', () => {
    const { tree } = server();
    const { admit } = unwrap(DOVECOT.place({ binary: '/usr/sbin/dovecot', mainConfiguration: '/etc/dovecot/dovecot.conf', tree }));
    const path = hostPath('shards', `00.${'0'.repeat(32)}.conf`);
    for (const content of [
      'mail_plugins = x\n',
      'local_name a.example {\n  ssl_cert = </etc/shadow\n}\n',
      '# x\\\nservice x {\n',
      `!include /etc/x\n`,
    ]) {
      expect(admit.file({ path, content, access: 'OWNER' })).toMatchObject(refusal('INVALID_INPUT'));
    }
  });
});

describe('Postfix with an administrator of its own', { timeout: 120_000 }, () => {
  const server = mailServer('Postfix', async (_, folder) => {
    await writeFile(join(folder, 'theirs'), `theirs.example ${join(folder, 'theirs.pem')}\n`);
    return startTestPostfix({
      more: () => `# Names of theirs.\ntls_server_sni_maps =\n\ttexthash:${join(folder, 'theirs')}\n# The end.\n`,
    });
  });

  it('a main.cf that somebody broke is not loaded, and said in the words of Postfix', async () => {
    const { installer, main, pid } = server();
    const [whole, before] = [await readFile(main, 'utf8'), await pid()];
    await appendFile(main, 'no setting\n');
    expect(await installer.reload!(1)).toMatchObject(
      refusal('SERVER_CONFIG_REFUSED', saying('missing \'=\' after attribute name: "no setting"')),
    );
    await writeFile(main, whole);
    unwrap(await installer.reload!(1));
    expect(await pid()).toBe(before);
  });

  it.each([
    ['is not there', undefined, 'SERVER_UNREACHABLE'],
    ['fails', 'exit 1', 'SERVER_CONFIG_REFUSED'],
    ['dies', 'kill -SEGV $$', 'SERVER_REFUSED'],
    ['prints without end', 'yes', 'SERVER_REFUSED'],
    ['says nothing', 'true', 'SERVER_REFUSED'],
    ['is too old', '/usr/sbin/postconf "$@" | sed "s/^mail_version = .*/mail_version = 3.3.22/"', 'SERVER_REFUSED'],
  ])('a postconf that %s is said to be so, and stages nothing', async (what, script, code) => {
    const { directory, main, tree, mail, places } = server();
    const folder = join(directory, what.replaceAll(' ', '-'));
    if (script !== undefined) await program(folder, 'postconf', script);
    const placed = unwrap(POSTFIX.place({ commands: folder, configuration: join(main, '..'), tree }));
    const installer = installerOf(placed, hostOf(placed), mail);
    const there = await readdir(tree, { recursive: true });
    expect(await installer.capabilities()).toMatchObject(refusal(code));
    const certificate = await (await makeCa()).issue({ names: ['x.example'] });
    expect(await installer.stage(putAtAll([places['submission']!], { 'x.example': [certificate] }), 1)).toMatchObject(refusal(code));
    expect(await readdir(tree, { recursive: true })).toEqual(there);
  });

  it.each([
    ['says yes to everything', 'true'],
    ['says no to everything', 'exit 1'],
  ])('a postmap that %s does not test for us', async (what, script) => {
    const { directory, main, tree, mail } = server();
    const folder = join(directory, `postmap-${what.replaceAll(' ', '-')}`);
    await program(folder, 'postmap', script);
    await program(folder, 'postconf', 'exec /usr/sbin/postconf "$@"');
    const placed = unwrap(POSTFIX.place({ commands: folder, configuration: join(main, '..'), tree }));
    const installer = installerOf(placed, hostOf(placed), mail);
    const { generation } = unwrap(await installer.inventory());
    expect(await installer.test(generation)).toMatchObject(refusal('SERVER_REFUSED', saying('did not read the staged generation')));
  });

  it('a key never comes out of the test, and what the helper lets pass is ours alone', async () => {
    const { host, installer, tree } = server();
    const { generation } = unwrap(await installer.inventory());
    expect(unwrap(await host.run('postfix-test', [`generations/${generation}.conf`]))).not.toContain('KEY');
    expect(await host.run('postfix-test', ['../main.cf'])).toMatchObject(refusal('INVALID_INPUT'));
    const { admit } = unwrap(POSTFIX.place({ commands: '/usr/sbin', configuration: '/etc/postfix', tree }));
    const path = hostPath('generations', '7.conf');
    for (const content of ['a.example /etc/shadow\n', 'a.example\n', ` ${tree}/neutral.pem\n`, `# x\n /etc/shadow\n`]) {
      expect(admit.file({ path, content, access: 'OWNER' })).toMatchObject(refusal('INVALID_INPUT'));
    }
  });
});
