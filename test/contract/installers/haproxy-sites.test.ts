/** What strangers, and the administrator, see of an HAProxy that serves sites for us. */
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hostname } from '../../../src/values/hostname.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { installOnHaproxy, putAt, startTestHaproxy, type TestHaproxy } from '../../support/haproxy/haproxy.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { freePort } from '../../support/suite/free-port.js';
import { handshake } from '../../support/tls/handshake.js';

const POOL = 'backend pool\n\tserver one 127.0.0.1:9 disabled\n\tserver two 127.0.0.1:9';

describe('sites on an HAProxy', () => {
  let haproxy: TestHaproxy;
  let ca: TestCa;
  const install = (sites: Readonly<Record<string, readonly TestCertificate[]>>) =>
    installOnHaproxy(haproxy.installer, putAt(haproxy, sites));
  const at = () => ({ address: haproxy.listeners[0].address, port: haproxy.listeners[0].httpsPort });
  const shown = async (name?: string) => (await handshake(at(), name)).fingerprint;

  beforeAll(async () => {
    [haproxy, ca] = [await startTestHaproxy({ sections: POOL }), await makeCa()];
    await install({
      'shop.example': [await ca.issue({ names: ['shop.example'] })],
      '*.shop.example': [await ca.issue({ names: ['*.shop.example'] })],
    });
  });
  afterAll(() => haproxy.stop());

  it.each([
    ['shop.example', 308],
    ['SHOP.example.:80', 308],
    ['www.shop.example', 308],
    ['a.b.shop.example', 404],
    ['evil/www.shop.example', 404],
    ['other.example', 404],
    ['', 404],
  ])('over plain HTTP, %s is answered with %i', async (host, status) => {
    const answer = await plain('/a?b=c', host);
    const origin = `https://${host.toLowerCase().replace(/\.?(:80)?$/, '')}:${haproxy.listeners[0].httpsPort}`;
    expect(answer).toMatchObject(status === 308 ? { status, location: `${origin}/a?b=c` } : { status, location: undefined });
  });

  it.each([
    ['shop.example', 'shop.example', 404],
    ['www.shop.example', 'WWW.shop.example', 404],
    ['shop.example', 'other.example', 421],
    ['www.shop.example', 'shop.example', 421],
    ['nobody.example', 'nobody.example', 421],
  ])('after a handshake for %s, a request for %s is answered with %i', async (servername, host, status) => {
    expect(await secure(servername, host)).toBe(status);
  });

  it.each([
    ['one line', 'token.thumbprint'],
    ['three lines', 'hash\nca.example\nnonce'],
    ['lines as Windows ends them', 'with\r\ntheir\r\nends\r\n'],
    ['a last line break', 'a last one\n'],
    ['a line break alone', '\n'],
    ['what HAProxy would read', 'é "%[src]" \\ \t|'],
    ['the longest', 'x'.repeat(4096)],
  ])('a body is shown to a CA octet for octet: %s', async (_, body) => {
    const [name, path] = ['ca.example' as Hostname, '/.well-known/pki-validation/file'];
    unwrap(await haproxy.installer.presentChallenge(name, path, body));
    expect((await plain(path, name)).body).toBe(body);
    // Over TLS too, for a name that has no certificate yet.
    expect(await secure('ca.example', 'ca.example', path)).toBe(200);
    await haproxy.kill();
    await haproxy.start();
    expect((await plain(path, name)).body).toBe(body);
    unwrap(await haproxy.installer.removeChallenge(name, path));
    expect((await plain(path, name)).status).toBe(404);
  });

  it('a body that it could not show as it is, is refused', async () => {
    for (const body of ['a\u0000b', 'a\rb', '1\n2\n3\n4\n5\n6\n7\n8\n9'])
      expect(await haproxy.installer.presentChallenge('ca.example' as Hostname, '/.well-known/pki-validation/file', body)).toMatchObject({
        problem: { code: 'INVALID_INPUT' },
      });
  });

  it('what somebody changed over its socket is seen, and put right when the sites are put anew', async () => {
    const certificate = await ca.issue({ names: ['hand.example'] });
    await install({ 'hand.example': [certificate] });
    const before = unwrap(await haproxy.installer.inventory()).bindings;
    const lists = (await haproxy.say('show ssl crt-list')).split('\n').filter((line) => line.startsWith('/'));
    for (const list of lists) {
      const entry = (await haproxy.say(`show ssl crt-list -n ${list}`)).split('\n').find((line) => line.endsWith(' hand.example'));
      if (entry) await haproxy.say(`del ssl crt-list ${list} ${entry.split(' ')[0]}`);
    }
    expect(await shown('hand.example')).not.toBe(certificate.fingerprint);
    expect(unwrap(await haproxy.installer.inventory()).bindings.map(({ key }) => key.name)).not.toContain('hand.example');
    await install({ 'hand.example': [certificate] });
    expect(await shown('hand.example')).toBe(certificate.fingerprint);
    expect(unwrap(await haproxy.installer.inventory()).bindings).toEqual(before);
  });

  it('another certificate in the place of one is put right by a reload', async () => {
    const [right, wrong] = [await ca.issue({ names: ['swap.example'] }), await ca.issue({ names: ['swap.example'] })];
    await install({ 'swap.example': [right] });
    const path = (await haproxy.say('show ssl cert')).split('\n').find((line) => line.includes(right.fingerprint))!;
    await haproxy.say(`set ssl cert ${path} <<\n${`${wrong.keyPem}\n${wrong.chainPem}`.replace(/\n+/g, '\n')}\n`);
    await haproxy.say(`commit ssl cert ${path}`);
    expect(await shown('swap.example')).toBe(wrong.fingerprint);
    unwrap(await haproxy.installer.reload(1));
    expect(await shown('swap.example')).toBe(right.fingerprint);
  });

  it('an exact name with RSA alone below a wildcard with ECDSA is refused, whichever comes last', async () => {
    const rsa = await ca.issue({ names: ['www.shop.example'], algorithm: 'RSA' });
    const exact = unwrap(await haproxy.installer.stage(putAt(haproxy, { 'www.shop.example': [rsa] }), 1));
    const subject = `127.0.0.1:${at().port} www.shop.example`;
    expect(await haproxy.installer.test(exact)).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED', sub: [{ subject }] } });
    unwrap(await haproxy.installer.undo(exact, 1));
    await install({ 'www.rsa.example': [await ca.issue({ names: ['www.rsa.example'], algorithm: 'RSA' })] });
    const wildcard = unwrap(
      await haproxy.installer.stage(putAt(haproxy, { '*.rsa.example': [await ca.issue({ names: ['*.rsa.example'] })] }), 1),
    );
    expect(await haproxy.installer.test(wildcard)).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED' } });
    unwrap(await haproxy.installer.undo(wildcard, 1));
  });

  it('a member of a backend is taken out and put back, and one that there is not is refused', async () => {
    const state = async () =>
      (await haproxy.say('show servers state pool'))
        .split('\n')
        .map((line) => line.split(' '))
        .find((words) => words[3] === 'two')?.[6];
    const before = await state();
    unwrap(await haproxy.installer.takeOut('pool', 'two', 1));
    unwrap(await haproxy.installer.takeOut('pool', 'two', 1));
    expect(await state()).toBe('1');
    unwrap(await haproxy.installer.putBack('pool', 'two', 1));
    expect(await state()).toBe(before);
    unwrap(await haproxy.installer.putBack('pool', 'three', 1));
    unwrap(await haproxy.installer.putBack('none', 'two', 1));
    expect(await haproxy.installer.takeOut('pool', 'three', 1)).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
    expect(await haproxy.installer.takeOut('pool', 'two;show info', 1)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    expect(await haproxy.installer.takeOut('pool', 'two', 0)).toMatchObject({ problem: { code: 'STALE_FENCE' } });
  });

  it('a new address is taken up by a new worker of its master; the sites that are there go on', async () => {
    const more = { address: '127.0.0.3' as IpAddress, httpPort: await freePort('127.0.0.3'), httpsPort: await freePort('127.0.0.3') };
    const installer = haproxy.another({ listeners: [...haproxy.listeners, more] });
    const before = await shown('shop.example');
    const certificate = await ca.issue({ names: ['third.example'] });
    const change = putAt({ listeners: [more, more] }, { 'third.example': [certificate] });
    await installOnHaproxy(installer, change);
    expect((await handshake({ address: more.address, port: more.httpsPort }, 'third.example')).fingerprint).toBe(certificate.fingerprint);
    expect(await shown('shop.example')).toBe(before);
    // And away again.
    await installOnHaproxy(haproxy.installer, { put: [], remove: change.put.map(({ key }) => key) });
    await expect(handshake({ address: more.address, port: more.httpsPort }, 'third.example')).rejects.toThrow();
  });

  it("the administrator's file is as it was", async () => {
    expect(await readFile(haproxy.place.configuration[0]!, 'utf8')).toContain(POOL);
  });

  type Answer = { status: number | undefined; body: string; location: string | undefined };
  function plain(path: string, host: string): Promise<Answer> {
    const { address, httpPort } = haproxy.listeners[0];
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: address, port: httpPort, path, headers: { host }, agent: false }, (incoming) => {
        let body = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        incoming.on('end', () => resolve({ status: incoming.statusCode, body, location: incoming.headers.location }));
      });
      outgoing.on('error', reject).end();
    });
  }

  function secure(servername: string, host: string, path = '/'): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const options = { host: at().address, port: at().port, path, servername, headers: { host }, agent: false, rejectUnauthorized: false };
      secureRequest(options, (incoming) => resolve((incoming.resume(), incoming.statusCode)))
        .on('error', reject)
        .end();
    });
  }
});
