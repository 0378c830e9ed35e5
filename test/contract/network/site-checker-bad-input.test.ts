import { createServer as createHttps, type ServerOptions } from 'node:https';
import net from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SiteChecker } from '../../../src/adapters/network/site-checker.js';
import { diagnose } from '../../../src/cores/tls/diagnosis/diagnose.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { makeMailServer } from '../../simulators/mail-server/mail-server.js';
import { makeCa, type TestCertificate } from '../../support/pki/certificates.js';
import { type DnsServer, startDns } from '../../support/acme/dns-server.js';
import { Listeners } from '../../support/listen.js';
import { checkShop, loopbackChecker, LOOPBACK, SHOP } from '../../support/tls/site-checker.js';

describe('the full check of', () => {
  let certificate: TestCertificate;
  let root: Uint8Array;
  const listeners = new Listeners();
  beforeAll(async () => {
    const ca = await makeCa();
    root = ca.rootDer;
    certificate = await ca.issue({ names: [SHOP] });
  });
  afterEach(() => listeners.stop());
  const raw = (connected: (socket: net.Socket) => void) => listeners.listen(net.createServer(connected));
  const https = (more: ServerOptions = {}) =>
    createHttps({ key: certificate.keyPem, cert: certificate.chainPem, ...more }, (_, answer) => answer.end('hello'));
  const INTERMEDIATE = { ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE+AESGCM', ecdhCurve: 'X25519:P-256:P-384' };

  describe('a server that', () => {
    it.each<[string, (socket: net.Socket) => void, string]>([
      ['never answers', () => {}, 'CONNECTION_TIMED_OUT'],
      ['drips a byte at a time', (socket) => drip(socket), 'CONNECTION_TIMED_OUT'],
      ['closes at once', (socket) => void socket.end(), 'CONNECTION_CLOSED'],
      ['closes midway', (socket) => void socket.once('data', () => socket.end(Buffer.from([22, 3, 3, 0, 100, 2, 0]))), 'CONNECTION_CLOSED'],
      ['resets', (socket) => void socket.once('data', () => socket.resetAndDestroy()), 'CONNECTION_CLOSED'],
      ['sends garbage', (socket) => void socket.once('data', () => socket.write(Buffer.alloc(1_000, 0xa5))), 'TLS_PROTOCOL_ERROR'],
      [
        'speaks plain HTTP',
        (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
        'TLS_PROTOCOL_ERROR',
      ],
      ['sends without end', (socket) => flood(socket, Buffer.alloc(65_536, Buffer.from([22, 3, 3, 0x40, 0]))), 'TLS_PROTOCOL_ERROR'],
      ['refuses everything', (socket) => void socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))), 'TLS_ALERT'],
    ])('%s ends soon, in a clear answer', async (_, connected, code) => {
      const check = await checkShop(await raw(connected), {}, { connectionMs: 300 });
      expect(check).toMatchObject({ baseline: { failure: { code } }, versions: [], certificates: [], handshakes: [] });
      expect(check.connections).toBeLessThan(10);
      expect(check).not.toHaveProperty('http');
    });

    it('is not there costs one connection', async () => {
      const check = await checkShop(await listeners.closedPort());
      expect(check).toMatchObject({ baseline: { failure: { code: 'CONNECTION_REFUSED' } }, connections: 1 });
    });

    it('answers TLS well, and HTTP without end, is read for no longer than its headers may be', async () => {
      const server = https().removeAllListeners('request');
      server.on('request', (_, answer) => flood(answer.socket!, Buffer.alloc(16_384, 'x-more: x\r\n')));
      const check = await checkShop(await listeners.listen(server));
      expect(check.http?.overTls).toMatchObject({ ok: false, problem: { code: 'HTTP_ANSWER_MALFORMED' } });
      expect(check.versions.filter(({ suites }) => suites?.ok)).toHaveLength(2);
    });

    it('answers TLS well, and HTTP never, is known but for HTTP', async () => {
      const check = await checkShop(await listeners.listen(https().removeAllListeners('request')), {}, { connectionMs: 500 });
      expect(check.http?.overTls).toMatchObject({ ok: false, problem: { code: 'CONNECTION_TIMED_OUT' } });
      expect(check.versions.filter(({ suites }) => suites?.ok)).toHaveLength(2);
    });

    it('does not offer STARTTLS says so, and is asked no more', async () => {
      const server = makeMailServer({ protocol: 'smtp', certificate: certificate.chainPem, key: certificate.keyPem, withoutTls: true });
      const check = await checkShop(await listeners.listen(server), { startTls: 'smtp' });
      expect(check).toMatchObject({ baseline: { failure: { code: 'STARTTLS_REFUSED' } }, connections: 1 });
    });
  });

  describe('a name', () => {
    let dns: DnsServer;
    const named = async (zone: Record<string, readonly string[]>, allowed: readonly string[] = []): Promise<SiteChecker> => {
      dns = await startDns(zone);
      listeners.onStop(() => dns.stop());
      return loopbackChecker({ allowed: [...allowed], dns: [dns.server] });
    };
    const check = async (checker: SiteChecker, name: string, port = 443) =>
      checker.check({ name: unwrap(parseHostname(name)), port, pace: 'OURS' }, { connectionMs: 300 });

    it('that leads nowhere, or only where we may not dial, is not connected to', async () => {
      const checker = await named({
        'inside.example.test': ['10.0.0.1', '127.0.0.1', 'fd00::1', '169.254.169.254'],
        'none.example.test': [],
      });
      expect(await check(checker, 'inside.example.test')).toMatchObject({
        addresses: { problem: { code: 'ADDRESS_NOT_ALLOWED' } },
        leftOut: ['10.0.0.1', '127.0.0.1', '169.254.169.254', 'fd00::1'],
        connections: { used: 0 },
      });
      expect(await check(checker, 'none.example.test')).toMatchObject({ addresses: { problem: { code: 'NAME_DOES_NOT_RESOLVE' } } });
    });

    it('that leads to a private address beside ours is checked at ours alone', async () => {
      const port = await listeners.listen(https());
      const found = await check(await named({ [SHOP]: ['10.0.0.1', '127.0.0.1', '169.254.169.254'] }, ['127.0.0.1']), SHOP, port);
      expect(unwrap(found.addresses).map(({ address }) => address)).toEqual(['127.0.0.1']);
      expect(found.leftOut).toEqual(['10.0.0.1', '169.254.169.254']);
    });

    it('with two hundred addresses is checked at eight of them, of both kinds', async () => {
      const v4 = Array.from({ length: 200 }, (_, i) => `127.0.1.${i}`);
      const checker = await named({ [SHOP]: [...v4, '::1'] }, [...v4, '::1']);
      const found = await check(checker, SHOP, await listeners.closedPort());
      const addresses = unwrap(found.addresses);
      expect(addresses).toHaveLength(8);
      expect(addresses.every(({ baseline }) => baseline.failure?.code === 'CONNECTION_REFUSED')).toBe(true);
      expect(found.leftOut.length).toBeGreaterThan(0);
    });

    it('with eight addresses that are as they should be is fine within its budget, the first of each kind in full', async () => {
      const v4 = Array.from({ length: 6 }, (_, i) => `127.0.1.${i + 1}`);
      const [all, port] = [[...v4, '127.0.1.7', '::1'], await listeners.listen(https(INTERMEDIATE), { host: '::', port: 0 })];
      const found = await (await named({ [SHOP]: all }, all)).check({ name: SHOP, port, pace: 'OURS' });
      expect(found).toMatchObject({ leftOut: [], connections: { budget: 150 } });
      expect(found.connections.used).toBeLessThanOrEqual(150);
      const addresses = unwrap(found.addresses);
      expect(addresses.filter(({ brief }) => !brief).map(({ address }) => address)).toEqual(['127.0.1.1', '::1']);
      expect(addresses.every(({ handshakes, certificates }) => handshakes.length === 2 && certificates.length === 1)).toBe(true);
      const nothing = { fetchedIssuers: [], revoked: new Set<string>() };
      const told = diagnose({ check: found, now: found.at, roots: [root], ...nothing }).filter(({ severity }) => severity === 'UNKNOWN');
      expect(told).toEqual([]);
    });

    it.each([
      ['BÜCHER.example.test.', 'xn--bcher-kva.example.test'],
      ['shop.example.test.', SHOP],
    ])('%s is checked as %s', async (written, name) => {
      const port = await listeners.listen(https());
      const found = await check(await named({ [name]: ['127.0.0.1'] }, ['127.0.0.1']), written, port);
      expect(found.name).toBe(name);
      expect(unwrap(found.addresses)[0]?.baseline.steps[0]?.sent).toContain(`SNI ${name}`);
    });
  });

  it.each([0, -1, 65_536, 4.5, NaN])('port %s is refused', async (port) => {
    const found = await loopbackChecker().check({ name: SHOP, address: LOOPBACK, port, pace: 'OURS' });
    expect(found).toMatchObject({ addresses: { problem: { code: 'NOT_A_PORT' } }, connections: { used: 0 } });
  });

  it('an address without a name sends none, and asks HTTP for the address', async () => {
    const hosts: (string | undefined)[] = [];
    const server = https().prependListener('request', ({ headers }) => hosts.push(headers.host));
    const check = await checkShop(await listeners.listen(server), { name: undefined });
    expect(check.baseline.session).toBeDefined();
    expect(check.baseline.target).not.toHaveProperty('servername');
    expect(new Set(hosts)).toEqual(new Set(['127.0.0.1']));
  });

  it('a site that is called off says what it knows by then, and lets go of all connections', async () => {
    const server = https();
    let open = 0;
    server.on('connection', (socket) => {
      open++;
      socket.once('close', () => open--);
    });
    const called = new AbortController();
    const onProgress = ({ connections }: { connections: { used: number } }) => {
      if (connections.used === 12) called.abort();
    };
    const check = await checkShop(await listeners.listen(server), {}, { signal: called.signal, onProgress });
    expect(check.baseline.session).toBeDefined();
    expect(check.connections).toBe(12);
    expect(JSON.stringify(check)).toContain('CHECK_STOPPED');
    await expect.poll(() => open).toBe(0);
  });

  it('a site that takes longer than it may says so', async () => {
    const check = await checkShop(await raw(() => {}), {}, { timeoutMs: 200 });
    expect(check.baseline.failure).toMatchObject({ code: 'CHECK_STOPPED', facts: { detail: 'because its time was over' } });
  });
});

/** Of a record that would be a long ServerHello. */
function drip(socket: net.Socket): void {
  const bytes = [22, 3, 3, 0x20, 0, 2, 0, 0x1f, 0xfc];
  const timer = setInterval(() => socket.write(Buffer.of(bytes.shift() ?? 3)), 50);
  socket.once('close', () => clearInterval(timer));
}

/** Never ends, at the speed at which it is read. */
function flood(socket: net.Socket, bytes: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}
