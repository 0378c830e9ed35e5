/** What strangers see of an Apache that Hostseal was put into, and what the administrator's own sites notice of it: nothing. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hostname } from '../../../src/values/hostname.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { startTestApache, type TestApache } from '../../support/apache/apache.js';
import { installOnNginx as install, putAt } from '../../support/nginx/nginx.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { freePort } from '../../support/suite/free-port.js';
import { handshake, secureConnection } from '../../support/tls/handshake.js';

describe('Apache with sites of ours', () => {
  let apache: TestApache;
  let ca: TestCa;
  const https = (at = 0) => ({ address: apache.listeners[at]!.address, port: apache.listeners[at]!.httpsPort });

  beforeAll(async () => {
    // What an administrator may say for the whole server does not come between a stranger and our sites.
    apache = await startTestApache({
      modules: ['alias', 'authz_host', 'headers', 'http2'],
      main: `Redirect / https://administrators.example/
<Location />
	Require ip 192.0.2.7
</Location>`,
    });
    ca = await makeCa();
    const issue = async (...names: string[]) => [await ca.issue({ names })];
    await install(
      apache.installer,
      putAt(apache, {
        'site.example': await issue('site.example'),
        'one.example': await issue('one.example', 'two.example'),
        '*.wild.example': await issue('*.wild.example'),
        'a.b.wild.example': await issue('a.b.wild.example'),
        '*.deep.wild.example': await issue('*.deep.wild.example'),
      }),
    );
  });
  afterAll(() => apache.stop());

  it('says that it is Apache, and which OpenSSL its mod_ssl has', async () => {
    const { software, version, tlsLibrary, changesWithoutReload } = unwrap(await apache.installer.capabilities());
    expect([software, changesWithoutReload]).toEqual(['Apache', false]);
    expect(version).toMatch(/^2\.4\.\d+$/);
    expect(tlsLibrary).toMatch(/^OpenSSL \d/);
  });

  it.each([
    ['site.example', '/a/b?c=d&e=%20', 'https://site.example:PORT/a/b?c=d&e=%20'],
    ['SITE.Example:8080', '/', 'https://SITE.Example:PORT/'],
    ['any.wild.example', '/x%2Fy%3Fz', 'https://any.wild.example:PORT/x%2Fy%3Fz'],
    ['a.b.wild.example', '/', 'https://a.b.wild.example:PORT/'],
    ['x.deep.wild.example', '/', 'https://x.deep.wild.example:PORT/'],
    ['site.example', '//evil.example/', 'https://site.example:PORT//evil.example/'],
  ])('sends %s%s to HTTPS', async (host, path, location) => {
    const answer = await plain(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 308 /);
    expect(/^Location: (.*)\r$/im.exec(answer)?.[1]?.toLowerCase()).toBe(location.replace('PORT', String(https().port)).toLowerCase());
  });

  it.each([
    ['a name that is not bound', 'evil.example', 404],
    ['a name two labels below a wildcard', 'x.y.wild.example', 404],
    ['a name three labels below a wildcard', 'x.y.z.wild.example', 404],
    ['the name of a wildcard without its label', 'wild.example', 404],
    ['a name that would lead elsewhere', 'evil.example?.wild.example', 400],
    ['user information', 'site.example@evil.example', 400],
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

  it('shows a challenge ahead of every site and of what holds for the whole server, and no other file of the tree', async () => {
    for (const name of ['site.example', 'any.wild.example', 'x.y.wild.example', 'unbound.example'] as Hostname[]) {
      unwrap(await apache.installer.presentChallenge(name, '/.well-known/acme-challenge/token_-1', `${name}.key`));
      const ask = (path: string, host: string = name) => plain(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      for (const host of [name, name.toUpperCase(), `${name}:80`]) {
        const shown = await ask('/.well-known/acme-challenge/token_-1', host);
        expect(shown).toMatch(new RegExp(`^HTTP/1.1 200 [^]*text/plain[^]*\r\n\r\n${name}.key$`));
        expect(shown).toMatch(/^Cache-Control: no-store\r$/m);
      }
      for (const path of ['', 'token', '../site.example/token_-1', '..%2f..%2fneutral.pem', '%2e%2e/%2e%2e/neutral.pem', 'token_-1/']) {
        expect(await ask(`/.well-known/acme-challenge/${path}`)).not.toMatch(/^HTTP\/1.1 200 /);
      }
      expect(await ask('/.well-known/acme-challenge/token_-1', '..')).not.toMatch(/^HTTP\/1.1 200 /);
      unwrap(await apache.installer.removeChallenge(name, '/.well-known/acme-challenge/token_-1'));
    }
  });

  it.each([
    ['its own name', 'site.example', 'site.example', 404],
    ['its own name, in capitals and with a port', 'SITE.example', 'Site.Example:443', 404],
    ['a label of a wildcard', 'a.wild.example', 'a.wild.example', 404],
    ['a name that is bound, with the certificate of another', 'one.example', 'site.example', 421],
    ['a name that is not bound', 'site.example', 'evil.example', 421],
    ['a name after no name in the handshake', '', 'site.example', 421],
    ['a name after an unknown one in the handshake', 'unknown.example', 'site.example', 421],
    ['a name two labels below a wildcard', 'x.y.wild.example', 'x.y.wild.example', 421],
    ['nothing that is here', 'unknown.example', 'unknown.example', 421],
  ])('asked on the HTTPS port for %s', async (_, sni, host, status) => {
    const socket = await secureConnection(https(), sni, { ALPNProtocols: ['http/1.1'] });
    expect(await exchange(socket, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
      new RegExp(`^HTTP/1.1 ${status} `),
    );
  });

  it('speaks HTTP/2, TLS 1.2 and 1.3, and nothing older', async () => {
    const seen = async (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
      handshake(https(), 'site.example', {
        ...{ ALPNProtocols: ['h2', 'http/1.1'], minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' },
      }).then(
        ({ protocol, alpn }) => `${protocol} ${alpn}`,
        () => 'refused',
      );
    expect([await seen('TLSv1.1'), await seen('TLSv1.2'), await seen('TLSv1.3')]).toEqual(['refused', 'TLSv1.2 h2', 'TLSv1.3 h2']);
  });

  it.each([
    ['unknown.example', 'neutral.invalid'],
    [undefined, 'neutral.invalid'],
    ['wild.example', 'neutral.invalid'],
    ['x.y.wild.example', 'neutral.invalid'],
    ['x.y.z.wild.example', 'neutral.invalid'],
    ['y.x.deep.wild.example', 'neutral.invalid'],
    ['b.wild.example', '*.wild.example'],
    ['a.b.wild.example', 'a.b.wild.example'],
    ['x.deep.wild.example', '*.deep.wild.example'],
  ])('shows %s the certificate of %s', async (name, whose) => {
    expect((await handshake(https(), name)).subjectAltName).toBe(`DNS:${whose}`);
  });

  it.runIf(JSON.stringify(networkInterfaces()).includes('"::1"'))(
    'serves at an IPv6 address, where it was bound and nowhere else',
    async () => {
      const six = { address: '::1' as IpAddress, httpPort: await freePort('::1'), httpsPort: await freePort('::1') };
      const certificate = await ca.issue({ names: ['six.example'] });
      const [put] = putAt(apache, { 'six.example': [certificate] }).put;
      const change = { put: [{ ...put!, key: { ...put!.key, address: six.address, port: six.httpsPort } }], remove: [] };
      const generation = await install(apache.another({ listeners: [...apache.listeners, six] }), change);
      expect((await handshake({ address: '::1', port: six.httpsPort }, 'six.example')).fingerprint).toBe(certificate.fingerprint);
      expect((await handshake(https(), 'six.example')).subjectAltName).toBe('DNS:neutral.invalid');
      expect(await exchange(connectTcp(six.httpPort, '::1'), 'GET / HTTP/1.0\r\nHost: six.example\r\n\r\n')).toMatch(/^HTTP\/1.1 308 /);
      unwrap(await apache.installer.undo(generation, 1));
    },
  );

  it('what those who name no site are shown is laid down anew, whatever somebody has put there', async () => {
    const theirs = await ca.issue({ names: ['site.example'] });
    await writeFile(join(apache.place.tree, 'neutral.pem'), theirs.keyPem + theirs.chainPem);
    unwrap(await apache.installer.reload(1));
    expect((await handshake(https())).fingerprint).toBe(theirs.fingerprint);
    unwrap(await apache.installer.restoreDefault(1));
    expect((await handshake(https())).subject).toContain('No site is configured');
  });

  async function plain(bytes: string, at = 0): Promise<string> {
    const { address, httpPort } = apache.listeners[at]!;
    return exchange(connectTcp(httpPort, address), bytes);
  }
});

describe('Apache with sites of its administrator', () => {
  let apache: TestApache;
  let ca: TestCa;
  let theirs: TestCertificate;
  const sites = (...hosts: readonly string[]) => writeFile(join(apache.directory, 'sites/sites.conf'), hosts.join('\n'));
  const hostOf = (where: string, ...names: readonly string[]) => `<VirtualHost ${where}>
	${names.map((name, at) => `${at === 0 ? 'ServerName' : 'ServerAlias'} ${name}`).join('\n\t')}
	SSLEngine on
	SSLCertificateFile ${apache.directory}/theirs.pem
</VirtualHost>`;
  const at = () => `${apache.listeners[0].address}:${apache.listeners[0].httpsPort}`;
  const ours = async (...names: readonly string[]) =>
    putAt(apache, Object.fromEntries(await Promise.all(names.map(async (name) => [name, [await ca.issue({ names: [name] })]]))));

  beforeAll(async () => {
    ca = await makeCa('Somebody Else');
    theirs = await ca.issue({ names: ['theirs.example'] });
    apache = await startTestApache({ modules: ['ssl'] });
    await writeFile(join(apache.directory, 'theirs.pem'), theirs.keyPem + theirs.chainPem);
  });
  afterAll(() => apache.stop());

  it('the first challenge lays the place for all of them down, by one line in their configuration and nothing else', async () => {
    const { mainConfiguration, tree } = apache.place;
    const their = await readFile(mainConfiguration, 'utf8');
    const { address, httpPort } = apache.listeners[0];
    const ask = () => exchange(connectTcp(httpPort, address), 'GET /.well-known/acme-challenge/t HTTP/1.0\r\nHost: new.example\r\n\r\n');
    unwrap(await apache.installer.presentChallenge('new.example' as Hostname, '/.well-known/acme-challenge/t', 'shown'));
    expect(await ask()).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\nshown$/);
    const adopted = await readFile(mainConfiguration, 'utf8');
    const line = `IncludeOptional ${tree}/current.conf\n`;
    expect(adopted).toBe(their.replace('IncludeOptional sites/', `${line}IncludeOptional sites/`));
    unwrap(await apache.installer.presentChallenge('new.example' as Hostname, '/.well-known/acme-challenge/t2', 'shown'));
    expect(await readFile(mainConfiguration, 'utf8')).toBe(adopted);
  });

  it('their site goes on beside ours, also at our address, and after an undo', async () => {
    await sites(hostOf(at(), 'theirs.example'));
    const { address, httpsPort: port } = apache.listeners[0];
    const seen = async (name: string) => (await handshake({ address, port }, name)).fingerprint;
    const generation = await install(apache.installer, await ours('ours.example'));
    expect(await seen('theirs.example')).toBe(theirs.fingerprint);
    expect(await seen('unknown.example')).not.toBe(theirs.fingerprint);
    unwrap(await apache.installer.undo(generation, 1));
    expect(await seen('theirs.example')).toBe(theirs.fingerprint);
  });

  it.each([
    ['the same name', ['www.shop.example', 'shop.example'], 'shop.example'],
    ['the same wildcard', ['x.example', '*.shop.example'], '*.shop.example'],
    ['a name below a wildcard of ours', ['a.shop.example'], '*.shop.example'],
    ['a wildcard below a wildcard of ours', ['x.example', '*.a.shop.example'], '*.shop.example'],
  ])('a binding that a site of theirs answers already at that address is named: %s', async (_, names, bound) => {
    await sites(hostOf(at(), ...names));
    const generation = unwrap(await apache.installer.stage(await ours(bound, 'free.example'), 1));
    expect(await apache.installer.test(generation)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ subject: `${at()} ${bound}` }] },
    });
    unwrap(await apache.installer.undo(generation, 1));
  });

  it.each([
    ['for every address', () => hostOf(`*:${apache.listeners[0].httpsPort}`, 'theirs.example'), true],
    ['for every address and port', () => hostOf('*:*', 'theirs.example'), true],
    ['for every address and ours', () => hostOf(`*:${apache.listeners[0].httpsPort} ${at()}`, 'theirs.example'), false],
    ['for every address, without a name', () => hostOf(`*:${apache.listeners[0].httpsPort}`), false],
    ['for another port of every address', () => hostOf('*:26999', 'theirs.example'), false],
  ])('a site of theirs %s is not hidden by ours', async (_, host, refused) => {
    await sites(host());
    const generation = unwrap(await apache.installer.stage(await ours('ours.example'), 1));
    const tested = await apache.installer.test(generation);
    if (refused)
      expect(tested).toMatchObject({
        problem: { code: 'SERVER_CONFIG_REFUSED', facts: { detail: expect.stringContaining(`hidden at ${apache.listeners[0].address}:`) } },
      });
    else expect(tested.ok).toBe(true);
    unwrap(await apache.installer.undo(generation, 1));
  });

  it('a line that somebody moved below their sites is not moved back, but named', async () => {
    const { mainConfiguration, tree } = apache.place;
    const whole = await readFile(mainConfiguration, 'utf8');
    const line = `IncludeOptional ${tree}/current.conf\n`;
    await sites(hostOf(at(), 'theirs.example'));
    await writeFile(mainConfiguration, whole.replace(line, '') + line);
    const generation = unwrap(await apache.installer.stage(await ours('ours.example'), 1));
    expect(await apache.installer.test(generation)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', facts: { detail: expect.stringContaining(`move "${line.trim()}" above it`) } },
    });
    unwrap(await apache.installer.undo(generation, 1));
    await writeFile(mainConfiguration, whole);
  });

  it('where it listens already, we do not: an address of theirs becomes one of ours', async () => {
    const port = await freePort('127.0.0.1');
    const plain = await freePort('127.0.0.1');
    const here = { address: '127.0.0.1' as IpAddress, httpPort: plain, httpsPort: port };
    await sites(
      `Listen ${port}`,
      `<IfModule mod_ssl.c>\nListen 0.0.0.0:${plain}\n</IfModule>`,
      `<IfModule !mod_ssl.c>\nListen ${plain}\n</IfModule>`,
    );
    // They let Apache take it up: to begin to listen at all addresses after us would end it.
    unwrap(await apache.installer.reload(1));
    const more = apache.another({ listeners: [...apache.listeners, here] });
    const [put] = (await ours('ours.example')).put;
    const generation = await install(more, { put: [{ ...put!, key: { ...put!.key, port } }], remove: [] });
    expect((await handshake({ address: '127.0.0.1', port }, 'ours.example')).subjectAltName).toBe('DNS:ours.example');
    unwrap(await more.undo(generation, 1));
  });

  it('what listens only with mod_ssl, which they do not load and we do, counts from where we do', async () => {
    const [before, after] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const listen = (port: number) => `<IfModule ssl_module>\nListen ${port}\n</IfModule>`;
    const without = await startTestApache({ main: listen(before), sites: listen(after) });
    const here = { address: '127.0.0.1' as IpAddress, httpPort: before, httpsPort: after };
    const installer = without.another({ listeners: [here] });
    const [put] = (await ours('ours.example')).put;
    await install(installer, { put: [{ ...put!, key: { ...put!.key, port: after } }], remove: [] });
    expect((await handshake({ address: '127.0.0.1', port: after }, 'ours.example')).subjectAltName).toBe('DNS:ours.example');
    await install(installer, { put: [], remove: [] });
    await without.kill();
    await without.start();
    expect((await handshake({ address: '127.0.0.1', port: after }, 'ours.example')).subjectAltName).toBe('DNS:ours.example');
    await without.stop();
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
