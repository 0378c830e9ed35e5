/** What the edge does with requests: redirects, the way to the panel, and the refusals. */
import { createHash } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCa, type TestCa } from '../../support/pki/certificates.js';
import { installOn, startTestEdge, type TestEdge } from '../../support/edge.js';
import { secureConnection } from '../../support/tls/handshake.js';

describe('the embedded edge and HTTP', () => {
  let edge: TestEdge;
  let ca: TestCa;
  const address = () => edge.listeners[0]!.address;
  const httpsPort = () => edge.listeners[0]!.httpsPort;

  beforeAll(async () => {
    edge = await startTestEdge();
    ca = await makeCa();
    const both = await ca.issue({ names: ['one.example', 'two.example'] });
    await installOn(edge, [
      { name: 'panel.example', route: 'PANEL', certificates: [await ca.issue({ names: ['panel.example', 'shared.example'] })] },
      { name: 'shared.example', certificates: [await ca.issue({ names: ['shared.example'] })] },
      ...['one.example', 'two.example'].map((name) => ({ name, certificates: [both] })),
      { name: 'site.example', certificates: [await ca.issue({ names: ['site.example'] })] },
      { name: '*.wild.example', certificates: [await ca.issue({ names: ['*.wild.example'] })] },
    ]);
  });
  afterAll(() => edge.stop());

  describe('on the HTTP port', () => {
    it.each([
      ['site.example', '/a/b?c=d&e=%20', 'https://site.example:PORT/a/b?c=d&e=%20'],
      ['SITE.Example.:8080', '/', 'https://site.example:PORT/'],
      ['any.wild.example', '/x', 'https://any.wild.example:PORT/x'],
      ['site.example', '//evil.example/', 'https://site.example:PORT//evil.example/'],
    ])('sends %s%s to HTTPS', async (host, path, location) => {
      const answer = await raw(edge.listeners[0]!.httpPort, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 308 /);
      expect(answer).toContain(`location: ${location.replace('PORT', String(httpsPort()))}\r\n`);
    });

    it.each([
      ['a name that is not bound', 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 404],
      ['an address', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 404],
      ['no host', 'GET / HTTP/1.0\r\n\r\n', 400],
      ['a host with a path in it', 'GET / HTTP/1.1\r\nHost: site.example/@evil.example\r\n\r\n', 400],
      ['user information', 'GET / HTTP/1.1\r\nHost: site.example@evil.example\r\n\r\n', 400],
      ['a whole address as target', 'GET http://evil.example/ HTTP/1.1\r\nHost: site.example\r\n\r\n', 400],
      ['a host with a space in it', 'GET / HTTP/1.1\r\nHost: site.example evil.example\r\n\r\n', 400],
      ['a host with a port that is none', 'GET / HTTP/1.1\r\nHost: site.example:80:443\r\n\r\n', 400],
      ['two hosts', 'GET / HTTP/1.1\r\nHost: site.example\r\nHost: evil.example\r\n\r\n', 400],
      ['a host without end', `GET / HTTP/1.1\r\nHost: ${'a.'.repeat(5_000)}example\r\n\r\n`, 400],
      ['a host of raw bytes', 'GET / HTTP/1.1\r\nHost: site\xff.example\r\n\r\n', 400],
      ['a target with raw bytes', 'GET /\xff HTTP/1.1\r\nHost: site.example\r\n\r\n', 400],
      ['a header line that never ends', `GET / HTTP/1.1\r\nHost: site.example\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
      ['a target that never ends', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: site.example\r\n\r\n`, 431],
      ['the server as a whole', 'OPTIONS * HTTP/1.1\r\nHost: site.example\r\n\r\n', 400],
      ['a method that nobody knows', 'SECURE / HTTP/1.1\r\nHost: site.example\r\n\r\n', 400],
      ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
      ['a tunnel', 'CONNECT site.example:443 HTTP/1.1\r\nHost: site.example\r\n\r\n', undefined],
    ])('has no redirect for %s', async (_, bytes, status) => {
      const answer = await raw(edge.listeners[0]!.httpPort, bytes);
      if (status !== undefined) expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer.toLowerCase()).not.toContain('location:');
    });

    it('another address of the same server sends nobody anywhere', async () => {
      const answer = await raw(
        edge.listeners[1]!.httpPort,
        'GET / HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n',
        edge.listeners[1]!.address,
      );
      expect(answer).toMatch(/^HTTP\/1.1 404 /);
    });
  });

  describe('on the HTTPS port', () => {
    it('a site without content says so', async () => {
      expect(await h1('site.example')).toMatchObject({ status: 404, body: 'No content is configured here for site.example.\n' });
    });

    it.each([
      ['a name that is bound, with a certificate that was not shown', 'site.example', 'panel.example', 421],
      ['a name that is not bound', 'site.example', 'evil.example', 421],
      ['a name that the shown certificate covers, but that is served with another', 'panel.example', 'shared.example', 421],
      ['a name that is served with the shown certificate too', 'one.example', 'two.example', 404],
      ['another name of the shown wildcard', 'a.wild.example', 'b.wild.example', 404],
      ['a name after no name in the handshake', '', 'site.example', 421],
      ['a name after an unknown one in the handshake', 'unknown.example', 'site.example', 421],
      ['no name that could be one', 'site.example', '[::1]', 400],
    ])('asked for %s', async (_, sni, host, status) => {
      expect((await h1(sni, { host })).status).toBe(status);
      expect((await h2(sni, { ':authority': host })).status).toBe(status);
    });

    it('two hosts in one request are refused', async () => {
      const socket = await secureConnection({ address: address(), port: httpsPort() }, 'site.example', { ALPNProtocols: ['http/1.1'] });
      socket.end('GET / HTTP/1.1\r\nHost: site.example\r\nHost: panel.example\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1.1 400 /);
      expect((await h2('site.example', { ':authority': 'site.example', host: 'panel.example' })).status).toBe(400);
    });

    it('without the API, the panel answers that it is not running', async () => {
      expect((await h1('panel.example')).status).toBe(502);
      expect((await h2('panel.example')).status).toBe(502);
      expect((await h1('panel.example', {}, 'POST', 'x'.repeat(1_000_000))).status).toBe(502);
    });
  });

  describe('with the API running', () => {
    let api: Server;
    let respond: (
      request: IncomingMessage,
      body: Buffer,
    ) => { status?: number; headers?: Record<string, string>; body?: string; cutAfter?: string };
    let requests: number;

    beforeEach(async () => {
      requests = 0;
      respond = () => ({});
      api = createServer((request, response) => {
        requests++;
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { status = 200, headers = {}, body = '', cutAfter } = respond(request, Buffer.concat(chunks));
          response.writeHead(status, headers);
          if (cutAfter === undefined) response.end(body);
          else response.write(cutAfter, () => setImmediate(() => request.socket.destroy()));
        });
      });
      api.listen(edge.options.panelSocket);
      await once(api, 'listening');
    });
    afterEach(async () => {
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
    });

    const transports = [
      ['HTTP/1.1', (headers?: OutgoingHttpHeaders, method?: string, body?: string | Buffer) => h1('panel.example', headers, method, body)],
      ['HTTP/2', (headers?: OutgoingHttpHeaders, method?: string, body?: string | Buffer) => h2('panel.example', headers, method, body)],
    ] as const;

    it.each(transports)('a request over %s arrives whole, and says truly where it came from', async (_, send) => {
      let seen: IncomingMessage | undefined;
      respond = (request, body) => {
        seen = request;
        return { status: 201, headers: { 'x-digest': createHash('sha256').update(body).digest('hex'), connection: 'close' }, body: 'done' };
      };
      const body = Buffer.alloc(3_000_000, 'abcdefg');
      const lies = {
        'x-forwarded-for': '192.0.2.1',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=192.0.2.1',
        'x-real-ip': '192.0.2.1',
      };
      const answer = await send({ authorization: 'Bearer t', 'x-custom': 'kept', ...lies }, 'POST', body);
      expect(answer).toMatchObject({ status: 201, body: 'done' });
      expect(answer.headers['x-digest']).toBe(createHash('sha256').update(body).digest('hex'));
      expect(seen?.headers).toMatchObject({
        authorization: 'Bearer t',
        'x-custom': 'kept',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'panel.example',
        host: 'panel.example',
      });
      expect(seen?.headers['x-forwarded-for']).toMatch(/^127\.0\.0\.\d+$/);
      expect(seen?.headers['forwarded']).toBeUndefined();
      expect(seen?.headers['x-real-ip']).toBeUndefined();
    });

    it.each(transports)('an answer over %s that the API gives before it has read the body is not lost', async (_, send) => {
      api.removeAllListeners('request');
      api.on('request', (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(401).end('who are you?'));
      for (let round = 0; round < 20; round++) {
        expect(await send({}, 'POST', 'x'.repeat(100_000))).toMatchObject({ status: 401, body: 'who are you?' });
      }
    });

    it.each(transports)('an answer over %s that is cut off does not look whole', async (_, send) => {
      respond = () => ({ headers: { 'content-type': 'text/plain' }, cutAfter: 'half' });
      // Broken off in the middle, or refused where the cut came before anything was passed on.
      const status = await send().then(
        (answer) => answer.status,
        () => 'broken off',
      );
      expect(['broken off', 502]).toContain(status);
    });

    it.each(transports)('a body over %s on a method that has none is still one request', async (_, send) => {
      const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: panel.example\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n';
      let body = '';
      respond = (_request, content) => {
        body = content.toString();
        return {};
      };
      expect((await send({}, 'GET', smuggled)).status).toBe(200);
      expect(body).toBe(smuggled);
      expect(requests).toBe(1);
    });

    it.each(['content-length', 'Content-Length, host, close', 'transfer-encoding, content-length'])(
      'a body whose length the client calls hop by hop (%s) is still one request',
      async (connection) => {
        const smuggled = 'POST /smuggled HTTP/1.1\r\nHost: panel.example\r\nContent-Length: 0\r\n\r\n';
        const urls: (string | undefined)[] = [];
        let body = '';
        respond = (request, content) => {
          urls.push(request.url);
          body += content.toString();
          return {};
        };
        await h1('panel.example', { connection }, 'GET', smuggled);
        expect(urls).toHaveLength(1);
        expect(body).toBe(smuggled);
      },
    );

    it('headers that the client names in Connection do not pass', async () => {
      let seen: IncomingMessage | undefined;
      respond = (request) => ((seen = request), {});
      await h1('panel.example', { connection: 'close, x-hop', 'x-hop': '1', te: 'trailers', 'proxy-authorization': 'secret' });
      for (const name of ['x-hop', 'te', 'proxy-authorization']) expect(seen?.headers[name]).toBeUndefined();
    });

    it.each(['websocket', 'h2c'])(
      'a request to change to %s is a request like any other, and the connection stays one of HTTP',
      async (protocol) => {
        let seen: IncomingMessage | undefined;
        api.on('upgrade', (_request, socket) => socket.destroy());
        respond = (request) => ((seen = request), { status: 405 });
        expect((await h1('panel.example', { connection: 'Upgrade', upgrade: protocol })).status).toBe(405);
        expect(seen?.headers.upgrade).toBeUndefined();
      },
    );
  });

  type Answer = { status: number; headers: Record<string, unknown>; body: string };

  async function h1(sni: string, headers: OutgoingHttpHeaders = {}, method = 'GET', body?: string | Buffer): Promise<Answer> {
    const socket = await secureConnection({ address: address(), port: httpsPort() }, sni, { ALPNProtocols: ['http/1.1'] });
    const framing = body === undefined || method === 'POST' ? {} : { 'transfer-encoding': 'chunked' };
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        { createConnection: () => socket, method, path: '/graphql', headers: { host: sni, ...framing, ...headers } },
        (incoming) => collect(incoming, incoming.headers, incoming.statusCode ?? 0, resolve, reject),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  function h2(sni: string, headers: OutgoingHttpHeaders = {}, method = 'GET', body?: string | Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const session: ClientHttp2Session = connectHttp2(`https://${address()}:${httpsPort()}`, {
        rejectUnauthorized: false,
        servername: sni,
      });
      session.on('error', reject);
      const stream = session.request(
        { ':method': method, ':path': '/graphql', ':authority': sni, ...headers },
        { endStream: body === undefined },
      );
      stream.on('error', reject);
      stream.on('response', (received) => {
        const done = (answer: Answer) => (session.close(), resolve(answer));
        collect(stream, received, Number(received[':status']), done, reject);
      });
      stream.on('close', () => session.close());
      if (body !== undefined) stream.end(body);
    });
  }

  function collect(
    incoming: NodeJS.ReadableStream,
    headers: Record<string, unknown>,
    status: number,
    resolve: (answer: Answer) => void,
    reject: (error: Error) => void,
  ): void {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => resolve({ status, headers, body: Buffer.concat(chunks).toString() }));
    incoming.on('error', reject);
    incoming.on('aborted', () => reject(new Error('cut off')));
  }

  async function raw(port: number, bytes: string, host: string = address()): Promise<string> {
    const socket = connectTcp(port, host, () => socket.write(Buffer.from(bytes, 'latin1')));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      socket.end();
    });
    await new Promise<void>((resolve) => socket.on('error', () => resolve()).on('close', () => resolve()));
    return Buffer.concat(chunks).toString();
  }
});
