/** What strangers see of an nginx that Hostseal was put into, and what the administrator's own sites notice of it: nothing. */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hostname } from '../../../src/values/hostname.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { handshake, secureConnection } from '../../support/tls/handshake.js';
import { freePort } from '../../support/suite/free-port.js';
import { waitFor } from '../../support/suite/wait-for.js';
import { installOnNginx, putAt, startTestNginx, workersOf, type TestNginx } from '../../support/nginx/nginx.js';

describe('nginx with sites of ours', () => {
  let nginx: TestNginx;
  let ca: TestCa;
  const https = (at = 0) => ({ address: nginx.listeners[at]!.address, port: nginx.listeners[at]!.httpsPort });

  beforeAll(async () => {
    nginx = await startTestNginx();
    ca = await makeCa();
    const both = await ca.issue({ names: ['one.example', 'two.example'] });
    await installOnNginx(
      nginx.installer,
      putAt(nginx, {
        'site.example': [await ca.issue({ names: ['site.example'] })],
        '*.wild.example': [await ca.issue({ names: ['*.wild.example'] })],
        'one.example': [both],
        'two.example': [both],
      }),
    );
  });
  afterAll(() => nginx.stop());

  it('what those who name no site are shown is laid down anew, whatever somebody has put there; and sites stay as they are', async () => {
    const site = await handshake(https(), 'site.example');
    const neutral = join(nginx.place.tree, 'neutral.pem');
    const theirs = await ca.issue({ names: ['site.example'] });
    await writeFile(neutral, theirs.keyPem + theirs.chainPem);
    unwrap(await nginx.installer.reload(1));
    await waitFor('it to be shown', async () => (await handshake(https())).fingerprint === theirs.fingerprint);
    unwrap(await nginx.installer.restoreDefault(1));
    await waitFor('a neutral one to be shown', async () => (await handshake(https())).subject.includes('No site is configured'));
    expect((await handshake(https(), 'site.example')).fingerprint).toBe(site.fingerprint);
    expect(await nginx.installer.restoreDefault(0)).toMatchObject({ problem: { code: 'STALE_FENCE' } });
    expect(await nginx.installer.reload(0)).toMatchObject({ problem: { code: 'STALE_FENCE' } });
  });

  describe('on the HTTP port', () => {
    it.each([
      ['site.example', '/a/b?c=d&e=%20', 'https://site.example:PORT/a/b?c=d&e=%20'],
      ['SITE.Example.:8080', '/', 'https://site.example:PORT/'],
      ['any.wild.example', '/x', 'https://any.wild.example:PORT/x'],
      ['site.example', '//evil.example/', 'https://site.example:PORT//evil.example/'],
    ])('sends %s%s to HTTPS', async (host, path, location) => {
      const answer = await plain(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 308 /);
      expect(answer).toContain(`Location: ${location.replace('PORT', String(https().port))}\r\n`);
    });

    it.each([
      ['a name that is not bound', 'evil.example', 404],
      ['a name two labels below a wildcard', 'a.b.wild.example', 404],
      ['the name of a wildcard without its label', 'wild.example', 404],
      ['a name that would lead elsewhere', 'evil.example?.wild.example', 404],
      ['a name with a mark in it', 'evil.example#.wild.example', 404],
      ['user information', 'site.example@evil.example', 404],
      ['an address', '127.0.0.1', 404],
      ['a path in the host', 'site.example/@evil.example', 400],
      ['dots in a row', 'challenges/../../site.example', 400],
    ])('has no redirect for %s', async (_, host, status) => {
      const answer = await plain(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer.toLowerCase()).not.toContain('location:');
    });

    it('another address of the same server sends nobody anywhere', async () => {
      expect(await plain('GET / HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n', 1)).toMatch(/^HTTP\/1.1 404 /);
    });

    it('shows a challenge ahead of every site, and no other file of the tree', async () => {
      for (const name of ['site.example', 'any.wild.example', 'unbound.example'] as Hostname[]) {
        unwrap(await nginx.installer.presentChallenge(name, '/.well-known/acme-challenge/token_-1', `${name}.key`));
        const ask = (path: string) => plain(`GET ${path} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
        expect(await ask('/.well-known/acme-challenge/token_-1')).toMatch(
          new RegExp(`^HTTP/1.1 200 [^]*text/plain[^]*\r\n\r\n${name}.key$`),
        );
        for (const path of ['', 'token', '../site.example/token_-1', '..%2f..%2fneutral.pem', '%2e%2e/%2e%2e/neutral.pem', 'token_-1/']) {
          expect(await ask(`/.well-known/acme-challenge/${path}`)).not.toMatch(/^HTTP\/1.1 200 /);
        }
        unwrap(await nginx.installer.removeChallenge(name, '/.well-known/acme-challenge/token_-1'));
      }
    });

    it.each([
      '/.well-known/acme-challenge/',
      '/.well-known/acme-challenge/a/b',
      '/.well-known/acme-challenge/..',
      '/etc/passwd',
      '/.well-known/pki-validation/a.txt',
      '/.well-known/other-kind/a',
    ])('presents nothing at %s', async (path) => {
      expect(await nginx.installer.presentChallenge('site.example' as Hostname, path, 'x')).toMatchObject({
        problem: { code: 'INVALID_INPUT' },
      });
      unwrap(await nginx.installer.removeChallenge('site.example' as Hostname, path));
    });

    it('presents nothing that is too large, nor more than a hundred files of one name', async () => {
      const present = (token: number, body: string) =>
        nginx.installer.presentChallenge('many.example' as Hostname, `/.well-known/acme-challenge/${token}`, body);
      expect(await present(0, 'x'.repeat(4097))).toMatchObject({ problem: { code: 'TOO_LARGE' } });
      for (let token = 0; token < 100; token++) unwrap(await present(token, 'x'));
      expect(await present(100, 'x')).toMatchObject({ problem: { code: 'CHALLENGE_LIMIT_REACHED' } });
    });
  });

  describe('on the HTTPS port', () => {
    it.each([
      ['its own name', 'site.example', 'site.example', 404],
      ['its own name, in capitals and with a port', 'SITE.example', 'Site.Example:443', 404],
      ['a label of a wildcard', 'a.wild.example', 'a.wild.example', 404],
      ['a name that is bound, with the certificate of another', 'one.example', 'site.example', 421],
      ['a name that is not bound', 'site.example', 'evil.example', 421],
      ['a name after no name in the handshake', '', 'site.example', 421],
      ['a name after an unknown one in the handshake', 'unknown.example', 'site.example', 421],
      ['nothing that is here', 'unknown.example', 'unknown.example', 421],
    ])('asked for %s', async (_, sni, host, status) => {
      const socket = await secureConnection(https(), sni, { ALPNProtocols: ['http/1.1'] });
      expect(await exchange(socket, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
        new RegExp(`^HTTP/1.1 ${status} `),
      );
    });

    it('speaks HTTP/2, TLS 1.2 and 1.3, and nothing older', async () => {
      const seen = async (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
        handshake(https(), 'site.example', {
          ALPNProtocols: ['h2', 'http/1.1'],
          minVersion: 'TLSv1',
          maxVersion,
          ciphers: 'DEFAULT@SECLEVEL=0',
        }).then(
          ({ protocol, alpn }) => `${protocol} ${alpn}`,
          () => 'refused',
        );
      expect([await seen('TLSv1.1'), await seen('TLSv1.2'), await seen('TLSv1.3')]).toEqual(['refused', 'TLSv1.2 h2', 'TLSv1.3 h2']);
    });

    it.each(['unknown.example', undefined, 'a.b.wild.example', 'wild.example'])(
      'shows %s a certificate that is nobody’s, the same after a restart',
      async (name) => {
        const neutral = await handshake(https(), name);
        expect(neutral.subjectAltName).toBe('DNS:neutral.invalid');
        expect((await handshake(https(1), 'site.example')).fingerprint).toBe(neutral.fingerprint);
      },
    );
  });

  it('sites follow when the HTTP port of their address changes, also those that the change does not name', async () => {
    const [first, second] = nginx.listeners;
    const moved = { ...first, httpPort: await freePort() };
    const { installer } = nginx;
    const generation = await installOnNginx(nginx.another({ listeners: [moved, second] }), { put: [], remove: [] });
    const ask = (port: number) => exchange(connectTcp(port, first.address), 'GET / HTTP/1.0\r\nHost: site.example\r\n\r\n');
    expect(await ask(moved.httpPort)).toMatch(/^HTTP\/1.1 308 /);
    await expect(ask(first.httpPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    unwrap(await installer.undo(generation, 1));
    expect(await ask(first.httpPort)).toMatch(/^HTTP\/1.1 308 /);
  });

  it.runIf(JSON.stringify(networkInterfaces()).includes('"::1"'))(
    'serves at an IPv6 address, where it was bound and nowhere else',
    async () => {
      const six = { address: '::1' as IpAddress, httpPort: await freePort('::1'), httpsPort: await freePort('::1') };
      const certificate = await ca.issue({ names: ['six.example'] });
      const [put] = putAt(nginx, { 'six.example': [certificate] }).put;
      const change = { put: [{ ...put!, key: { ...put!.key, address: six.address, port: six.httpsPort } }], remove: [] };
      const generation = await installOnNginx(nginx.another({ listeners: [...nginx.listeners, six] }), change);
      expect((await handshake({ address: '::1', port: six.httpsPort }, 'six.example')).fingerprint).toBe(certificate.fingerprint);
      expect((await handshake(https(), 'six.example')).subjectAltName).toBe('DNS:neutral.invalid');
      expect(await exchange(connectTcp(six.httpPort, '::1'), 'GET / HTTP/1.0\r\nHost: six.example\r\n\r\n')).toMatch(/^HTTP\/1.1 308 /);
      unwrap(await nginx.installer.undo(generation, 1));
    },
  );

  it('a thousand bindings are one change and one reload', async () => {
    const shared = await ca.issue({ names: Array.from({ length: 90 }, (_, i) => `s${i}.many.example`) });
    const own = await Promise.all(Array.from({ length: 20 }, (_, i) => ca.issue({ names: [`own${i}.example`] })));
    const wild = await ca.issue({ names: ['*.thousand.example'] });
    const names: Record<string, readonly TestCertificate[]> = {};
    for (let i = 0; i < 890; i++) names[`h${i}.thousand.example`] = [wild];
    for (let i = 0; i < 90; i++) names[`s${i}.many.example`] = [shared];
    own.forEach((certificate, i) => (names[`own${i}.example`] = [certificate]));
    const workers = await workersOf(nginx);
    const generation = await installOnNginx(nginx.installer, putAt(nginx, names));
    for (const [name, certificate] of [
      ['h0', wild],
      ['h889', wild],
      ['s89', shared],
      ['own19', own[19]!],
    ] as const) {
      const host = name.startsWith('h') ? `${name}.thousand.example` : name.startsWith('s') ? `${name}.many.example` : `${name}.example`;
      expect((await handshake(https(), host)).fingerprint).toBe(certificate.fingerprint);
    }
    expect(unwrap(await nginx.installer.inventory()).bindings).toHaveLength(1004);
    expect((await workersOf(nginx)).filter((pid) => !workers.includes(pid))).toHaveLength(2);
    unwrap(await nginx.installer.undo(generation, 1));
    expect(unwrap(await nginx.installer.inventory()).bindings).toHaveLength(4);
  });

  async function plain(bytes: string, at = 0): Promise<string> {
    const { address, httpPort } = nginx.listeners[at]!;
    return exchange(connectTcp(httpPort, address), bytes);
  }
});

describe('nginx with sites of its administrator', () => {
  let nginx: TestNginx;
  let ca: TestCa;
  let theirs: TestCertificate;
  let before: string;
  const write = (text: string) => writeFile(nginx.place.mainConfiguration, text);
  const serverOf = (listen: string, names: string) =>
    `server { listen ${listen}; server_name ${names}; ssl_certificate ${nginx.directory}/theirs.pem; ssl_certificate_key ${nginx.directory}/theirs.pem; return 200 "theirs\\n"; }`;
  const withServer = (...servers: readonly string[]) => before.replace('access_log off;', `access_log off; ${servers.join('\n')}`);

  beforeAll(async () => {
    ca = await makeCa('Somebody Else');
    theirs = await ca.issue({ names: ['theirs.example'] });
    nginx = await startTestNginx();
    before = await readFile(nginx.place.mainConfiguration, 'utf8');
    await writeFile(join(nginx.directory, 'theirs.pem'), theirs.keyPem + theirs.chainPem);
    await mkdir(join(nginx.directory, 'sites'));
  });
  afterAll(() => nginx.stop());

  it('the first challenge lays the place for all of them down, by one line in their configuration and nothing else', async () => {
    await write(withServer(serverOf('127.0.0.1:27999 ssl', 'theirs.example')));
    const their = await readFile(nginx.place.mainConfiguration, 'utf8');
    const { address, httpPort } = nginx.listeners[0];
    const ask = () => exchange(connectTcp(httpPort, address), 'GET /.well-known/acme-challenge/t HTTP/1.0\r\nHost: new.example\r\n\r\n');
    unwrap(await nginx.installer.presentChallenge('new.example' as Hostname, '/.well-known/acme-challenge/t', 'shown'));
    expect(await ask()).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\nshown$/);
    const adopted = await readFile(nginx.place.mainConfiguration, 'utf8');
    expect(adopted.split('\n').filter((line) => !their.split('\n').includes(line))).toEqual([
      `    include ${nginx.place.tree}/current.conf;`,
    ]);
    expect(adopted.replace(/^.*current\.conf.*\n/m, '')).toBe(their);
    unwrap(await nginx.installer.presentChallenge('new.example' as Hostname, '/.well-known/acme-challenge/t2', 'shown'));
    expect(await readFile(nginx.place.mainConfiguration, 'utf8')).toBe(adopted);
    await write(their);
    unwrap(await nginx.installer.presentChallenge('new.example' as Hostname, '/.well-known/acme-challenge/t3', 'shown'));
    expect(await readFile(nginx.place.mainConfiguration, 'utf8')).toBe(adopted);
  });

  it('as long as it serves no site, a challenge is shown at an address that it was given since, or nothing is changed', async () => {
    const third = { address: '127.0.0.3' as IpAddress, httpPort: await freePort('127.0.0.3'), httpsPort: await freePort('127.0.0.3') };
    const more = nginx.another({ listeners: [...nginx.listeners, third] });
    const present = (token: string) => more.presentChallenge('new.example' as Hostname, `/.well-known/acme-challenge/${token}`, 'shown');
    const generation = join(nginx.place.tree, 'generations/0.conf');
    const [was, main] = [await readFile(generation, 'utf8'), await readFile(nginx.place.mainConfiguration, 'utf8')];
    await write(main.replace('http {', `http { ${serverOf(`${third.httpPort}`, 'theirs.example')}`));
    expect(await present('t4')).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED' } });
    expect(await readFile(generation, 'utf8')).toBe(was);
    await write(main);
    // Many orders at once.
    for (const presented of await Promise.all(['t5', 't6', 't7'].map(present))) unwrap(presented);
    const request = 'GET /.well-known/acme-challenge/t7 HTTP/1.0\r\nHost: new.example\r\n\r\n';
    expect(await exchange(connectTcp(third.httpPort, third.address), request)).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\nshown$/);
    const workers = await workersOf(nginx);
    unwrap(await present('t8'));
    expect(await workersOf(nginx)).toEqual(workers);
  });

  it('their site goes on beside ours, also at our address, and after an undo', async () => {
    const { address, httpsPort } = nginx.listeners[0];
    // In a file of its own, by paths that nginx sees from where its main configuration is.
    const site = serverOf(`${address}:${httpsPort} ssl`, 'theirs.example').replaceAll(`${nginx.directory}/theirs.pem`, 'theirs.pem');
    await writeFile(join(nginx.directory, 'sites', 'theirs.conf'), site);
    await write(withServer('include sites/theirs.conf;'));
    const seen = async () => (await handshake({ address, port: httpsPort }, 'theirs.example')).fingerprint;
    const generation = await installOnNginx(
      nginx.installer,
      putAt(nginx, { 'ours.example': [await ca.issue({ names: ['ours.example'] })] }),
    );
    expect(await seen()).toBe(theirs.fingerprint);
    unwrap(await nginx.installer.undo(generation, 1));
    expect(await seen()).toBe(theirs.fingerprint);
  });

  it.each([
    ['the same name at the same address', (a: string, p: number) => `${a}:${p} ssl`, 'www.shop.example shop.example', 'shop.example'],
    ['the same wildcard', (a: string, p: number) => `${a}:${p} ssl`, '*.shop.example', '*.shop.example'],
    ['a name and all below it', (a: string, p: number) => `${a}:${p} ssl`, '.shop.example', 'shop.example'],
  ])('a binding that a site of theirs answers already is named: %s', async (_, listen, names, ours) => {
    const { address, httpsPort } = nginx.listeners[0];
    await write(withServer(serverOf(listen(address, httpsPort), names)));
    const change = putAt(nginx, {
      [ours]: [await ca.issue({ names: [ours] })],
      'free.example': [await ca.issue({ names: ['free.example'] })],
    });
    const generation = unwrap(await nginx.installer.stage(change, 1));
    expect(await nginx.installer.test(generation)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ subject: `${address}:${httpsPort} ${ours}` }] },
    });
    unwrap(await nginx.installer.undo(generation, 1));
  });

  it.each([
    ['with a name, on every address', (p: number) => serverOf(`${p} ssl`, 'theirs.example'), true],
    ['with a name, on every address, spelled out', (p: number) => serverOf(`*:${p} ssl`, 'theirs.example'), true],
    ['on every address of the other kind', (p: number) => serverOf(`[::]:${p} ssl`, 'theirs.example'), false],
    ['without a name, on every address', (p: number) => serverOf(`${p} ssl default_server`, '_'), false],
  ])('a site of theirs %s, is not hidden by ours', async (_, server, refused) => {
    const { address, httpsPort } = nginx.listeners[0];
    await write(withServer(server(httpsPort)));
    const generation = unwrap(
      await nginx.installer.stage(putAt(nginx, { 'ours.example': [await ca.issue({ names: ['ours.example'] })] }), 1),
    );
    const tested = await nginx.installer.test(generation);
    if (refused)
      expect(tested).toMatchObject({
        problem: { code: 'SERVER_CONFIG_REFUSED', facts: { detail: expect.stringContaining(`${address}:${httpsPort}`) } },
      });
    else expect(tested.ok).toBe(true);
    unwrap(await nginx.installer.undo(generation, 1));
  });

  it('a table of names that they sized themselves is left to them', async () => {
    await write(before.replace('access_log off;', 'access_log off; server_names_hash_bucket_size 256;'));
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`;
    const certificate = await ca.issue({ names: [long] });
    await installOnNginx(nginx.installer, putAt(nginx, { [long]: [certificate] }));
    const { address, httpsPort: port } = nginx.listeners[0];
    expect((await handshake({ address, port }, long)).fingerprint).toBe(certificate.fingerprint);
  });
});

/** What comes until the other side ends the connection. */
async function exchange(socket: Socket, bytes: string): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(Buffer.from(bytes, 'latin1'));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
