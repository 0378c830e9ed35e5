import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GetOptions, type HttpClient, makeHttpClient } from '../../../src/adapters/network/http/https.js';
import type { Resolver } from '../../../src/adapters/network/dialing/resolver.js';
import { ok } from '../../../src/values/result.js';
import { makeCa, type TestCa, type TestRequest } from '../../support/pki/certificates.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { startWire } from '../../support/tls/wire.js';

const limits: GetOptions = { maxBytes: 1_000, timeoutMs: 5_000, maxRedirects: 3 };
const addresses: Record<string, string> = { 'inside.example.test': '10.0.0.1', 'metadata.example.test': '169.254.169.254' };
const resolver: Resolver = { addresses: async (name) => ok([ip(addresses[name] ?? '127.0.0.1')]) };

describe('the HTTP client', () => {
  let ca: TestCa;
  let client: HttpClient;
  const listeners = new Listeners();
  beforeAll(async () => {
    ca = await makeCa();
    client = makeHttpClient({ dialer: loopbackDialer(resolver), extraRoots: [ca.rootPem] });
  });
  afterEach(() => listeners.stop());

  const serve = (answer: http.RequestListener) => listeners.listen(http.createServer(answer));
  const serveRaw = (answer: string) => listeners.listen(net.createServer((socket) => socket.once('data', () => socket.end(answer))));
  const serveSecurely = async (request: Partial<TestRequest>, answer: http.RequestListener) => {
    const { chainPem, keyPem } = await ca.issue({ names: ['shop.example.test'], ...request });
    return listeners.listen(https.createServer({ cert: chainPem, key: keyPem }, answer).on('tlsClientError', () => {}));
  };
  const get = (url: string, options: Partial<GetOptions> = {}) => client.get(new URL(url), { ...limits, ...options });
  const text = async (answer: ReturnType<typeof get>) => {
    const result = await answer;
    return result.ok ? `${result.value.status} ${Buffer.from(result.value.body).toString()}` : result.problem.code;
  };

  it('gets a file over plain HTTP, by name and by address, asking as it should', async () => {
    const port = await serve(({ method, url, headers }, response) =>
      response.end(JSON.stringify([method, url, headers.host, headers.cookie, headers['accept-encoding'], headers.connection])),
    );
    expect(await text(get(`http://shop.example.test:${port}/a?b=c`))).toBe(
      `200 ["GET","/a?b=c","shop.example.test:${port}",null,"identity","close"]`,
    );
    expect(await text(get(`http://127.0.0.1:${port}/`))).toMatch(/^200 /);
  });

  it('asks at the address that is named, wherever the name leads, but for other names that it is led to', async () => {
    const port = await serve(({ url, headers }, response) =>
      url === '/' ? response.writeHead(302, { location: `http://inside.example.test:${port}/end` }).end() : response.end(headers.host),
    );
    const address = ip('127.0.0.1');
    expect(await text(get(`http://inside.example.test:${port}/end`, { address }))).toBe(`200 inside.example.test:${port}`);
    expect(await text(get(`http://inside.example.test:${port}/`, { address }))).toBe(`200 inside.example.test:${port}`);
    expect(await text(get(`http://shop.example.test:${port}/`, { address }))).toBe('ADDRESS_NOT_ALLOWED');
    expect(await text(get(`http://shop.example.test:${port}/end`, { address: ip('10.0.0.1') }))).toBe('ADDRESS_NOT_ALLOWED');
  });

  it('answers with whatever status there is', async () => {
    const port = await serve((_, response) => response.writeHead(404).end('gone'));
    expect(await text(get(`http://shop.example.test:${port}/`))).toBe('404 gone');
  });

  it('takes a new connection for each request', async () => {
    const ports = new Set<unknown>();
    const port = await serve(({ socket }, response) => response.end(String(ports.add(socket.remotePort).size)));
    expect([await text(get(`http://a.test:${port}/`)), await text(get(`http://a.test:${port}/`))]).toEqual(['200 1', '200 2']);
  });

  describe('over https', () => {
    it('gets a file from a server that proved who it is', async () => {
      const port = await serveSecurely({}, (_, response) => response.end('secret'));
      expect(await text(get(`https://shop.example.test:${port}/`))).toBe('200 secret');
    });

    it.each<[string, Partial<TestRequest>]>([
      ['another name', { names: ['blog.example.test'] }],
      ['a time that is over', { notAfter: new Date(Date.now() - 1_000) }],
      ['a time to come', { notBefore: new Date(Date.now() + 60_000) }],
    ])('sends nothing to a server with a certificate for %s', async (_, request) => {
      let asked = 0;
      const port = await serveSecurely(request, (_request, response) => response.end(String(asked++)));
      expect(await get(`https://shop.example.test:${port}/`)).toMatchObject({
        problem: { code: 'PEER_NOT_AUTHENTICATED', facts: { url: `https://shop.example.test:${port}` } },
      });
      expect(asked).toBe(0);
    });

    it('does not trust a root that nobody named', async () => {
      const port = await serveSecurely({}, (_, response) => response.end());
      const stranger = makeHttpClient({ dialer: loopbackDialer(resolver), extraRoots: [] });
      expect(await stranger.get(new URL(`https://shop.example.test:${port}/`), limits)).toMatchObject({
        problem: { code: 'PEER_NOT_AUTHENTICATED' },
      });
    });

    it('says what it met where that is no TLS', async () => {
      const port = await serveRaw('HTTP/1.1 400 Bad Request\r\n\r\n');
      expect(await text(get(`https://shop.example.test:${port}/`))).toBe('TLS_PROTOCOL_ERROR');
    });

    it('names the alert of a server that refuses', async () => {
      const port = await listeners.listen(
        net.createServer((socket) => socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])))),
      );
      expect(await get(`https://shop.example.test:${port}/`)).toMatchObject({
        problem: { code: 'TLS_ALERT', facts: { alert: 'handshake_failure' } },
      });
    });

    it('does not wait for a server that says nothing', async () => {
      const port = await listeners.listen(net.createServer());
      expect(await text(get(`https://shop.example.test:${port}/`, { timeoutMs: 100 }))).toBe('CONNECTION_TIMED_OUT');
    });
  });

  describe('redirects', () => {
    const redirect = (to: string) =>
      serve(({ url }, response) => (url === '/end' ? response.end('here') : response.writeHead(302, { location: to }).end()));

    it('are followed to the end, and the end is told', async () => {
      const port = await redirect('/end');
      expect(await get(`http://shop.example.test:${port}/`)).toMatchObject({
        value: { status: 200, url: { href: `http://shop.example.test:${port}/end` } },
      });
    });

    it('are followed from http to https', async () => {
      const safe = await serveSecurely({}, (_, response) => response.end('safe'));
      const plain = await serve(({ headers }, response) => response.writeHead(301, { location: `https://${headers.host}/` }).end());
      const port = await listeners.listen(eitherOf(safe, plain));
      expect(await text(get(`http://shop.example.test:${port}/`))).toBe('200 safe');
    });

    it.each([301, 302, 307, 308])('are followed where the status is %i', async (status) => {
      const port = await serve(({ url }, response) =>
        url === '/end' ? response.end('here') : response.writeHead(status, { location: '/end' }).end(),
      );
      expect(await text(get(`http://shop.example.test:${port}/`))).toBe('200 here');
    });

    it('to something else (303) are an answer like any other', async () => {
      const port = await serve((_, response) => response.writeHead(303, { location: '/end' }).end('see'));
      expect(await text(get(`http://shop.example.test:${port}/`))).toBe('303 see');
    });

    it('are not followed to another port that somebody listens on, and it hears nothing', async () => {
      let connections = 0;
      const port = await listeners.listen(net.createServer(() => connections++));
      expect(await get(`http://shop.example.test:${await redirect(`http://shop.example.test:${port}/`)}/`)).toMatchObject({
        problem: { code: 'URL_NOT_ALLOWED', facts: { url: `http://shop.example.test:${port}/` } },
      });
      expect(connections).toBe(0);
    });

    it.each([
      ['to the metadata service', 'http://169.254.169.254/latest/meta-data/', 'ADDRESS_NOT_ALLOWED'],
      ['to it in other spellings', 'http://0xa9fea9fe/', 'ADDRESS_NOT_ALLOWED'],
      ['to it behind IPv6', 'http://[::ffff:169.254.169.254]/', 'ADDRESS_NOT_ALLOWED'],
      ['to it behind a name', 'http://metadata.example.test/', 'ADDRESS_NOT_ALLOWED'],
      ['to a private network', 'http://inside.example.test/', 'ADDRESS_NOT_ALLOWED'],
      ['to a file', 'file:///etc/passwd', 'URL_NOT_ALLOWED'],
      ['to another scheme', 'gopher://shop.example.test/', 'URL_NOT_ALLOWED'],
      ['to a mail server', 'http://shop.example.test:25/', 'URL_NOT_ALLOWED'],
      ['to a database', 'http://shop.example.test:5432/', 'URL_NOT_ALLOWED'],
      ['to a search engine', 'https://shop.example.test:9200/', 'URL_NOT_ALLOWED'],
      ['with a user name', 'http://admin:hunter2@shop.example.test/', 'URL_NOT_ALLOWED'],
      ['to what is no URL', 'http://[', 'HTTP_ANSWER_MALFORMED'],
      ['to what is no host name', 'http://a_b/', 'NOT_A_HOSTNAME'],
    ])('are not followed %s', async (_, to, code) => {
      expect(await text(get(`http://shop.example.test:${await redirect(to)}/`))).toBe(code);
    });

    it('are not followed from https to http', async () => {
      const port = await serveSecurely({}, (_, response) => response.writeHead(301, { location: 'http://shop.example.test/' }).end());
      expect(await text(get(`https://shop.example.test:${port}/`))).toBe('URL_NOT_ALLOWED');
    });

    it('end in a loop after as many as were allowed', async () => {
      let asked = 0;
      const port = await serve((_, response) => {
        asked++;
        response.writeHead(302, { location: '/again' }).end();
      });
      expect(await text(get(`http://shop.example.test:${port}/`))).toBe('TOO_MANY_REDIRECTS');
      expect(asked).toBe(4);
    });

    it('never say the password that a URL carried', async () => {
      expect(JSON.stringify(await get('http://admin:hunter2@shop.example.test/'))).not.toContain('hunter2');
    });
  });

  describe('limits', () => {
    it.each([
      ['said so', { 'content-length': '1001' }],
      ['did not say so', {}],
    ])('end an answer that is too large and %s', async (_, headers) => {
      const port = await serve((_request, response) => response.writeHead(200, headers).end(Buffer.alloc(1_001)));
      expect(await text(get(`http://shop.example.test:${port}/`))).toBe('ANSWER_TOO_LARGE');
    });

    it('let an answer of exactly the limit pass', async () => {
      const port = await serve((_, response) => response.end(Buffer.alloc(1_000, 'x')));
      expect(await text(get(`http://shop.example.test:${port}/`))).toHaveLength(1_004);
    });

    it('end an answer without an end', async () => {
      const port = await serve((_, response) => {
        const more = () => response.write(Buffer.alloc(500)) && setImmediate(more);
        more();
      });
      expect(await text(get(`http://shop.example.test:${port}/`))).toBe('ANSWER_TOO_LARGE');
    });

    it('end an answer that trickles in, and let go of the connection', async () => {
      const wire = await startWire(await serve((_, response) => response.end('slow')));
      listeners.onStop(() => wire.stop());
      wire.fault = { kind: 'TRICKLE', everyMs: 20 };
      expect(await get(`http://shop.example.test:${wire.port}/`, { timeoutMs: 300 })).toMatchObject({
        problem: { code: 'CONNECTION_TIMED_OUT', facts: { limit: 300 } },
      });
      await expect.poll(() => wire.open.size).toBe(0);
    });

    it('hold for all redirects together', async () => {
      const port = await serve((_, response) => setTimeout(() => response.writeHead(302, { location: '/more' }).end(), 40));
      expect(await text(get(`http://shop.example.test:${port}/`, { timeoutMs: 200, maxRedirects: 100 }))).toBe('CONNECTION_TIMED_OUT');
    });
  });

  describe('what is not an answer', () => {
    it.each([
      ['another protocol', '220 mail.example.test ESMTP\r\n', 'HTTP_ANSWER_MALFORMED'],
      ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'HTTP_ANSWER_MALFORMED'],
      ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`, 'HTTP_ANSWER_MALFORMED'],
      ['nothing', '', 'CONNECTION_CLOSED'],
      ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', 'CONNECTION_CLOSED'],
      ['another protocol from now on', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: ws\r\n\r\n', 'CONNECTION_CLOSED'],
    ])('is told: %s', async (_, answer, code) => {
      expect(await text(get(`http://shop.example.test:${await serveRaw(answer)}/`))).toBe(code);
    });
  });

  it.each([
    ['ftp://shop.example.test/', 'URL_NOT_ALLOWED'],
    ['http://10.0.0.1/', 'ADDRESS_NOT_ALLOWED'],
    ['http://[::1]:80/', 'ADDRESS_NOT_ALLOWED'],
  ])('does not ask %s', async (url, code) => expect(await text(get(url))).toBe(code));
});

/** One port for both, as a redirect leads to few others: a TLS record begins with a byte that no request has (RFC 8446 5.1). */
const eitherOf = (securePort: number, plainPort: number): net.Server =>
  net.createServer((socket) =>
    socket.once('data', (bytes) => {
      const server = net.connect(bytes[0] === 22 ? securePort : plainPort, '127.0.0.1');
      server.on('error', () => socket.destroy()).write(bytes);
      socket.pipe(server).pipe(socket);
    }),
  );
