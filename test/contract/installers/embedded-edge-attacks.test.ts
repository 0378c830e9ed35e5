/** What strangers try on the edge: two requests in one, hellos in pieces and without end, floods from one address. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EDGE_LIMITS } from '../../../src/adapters/installers/embedded-edge/serving/limits.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa } from '../../support/pki/certificates.js';
import { installOn, startTestEdge, type TestEdge } from '../../support/edge.js';
import { handshake, secureConnection } from '../../support/tls/handshake.js';

const NAME = 'panel.example';
const HOST = `Host: ${NAME}\r\n`;
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;

describe('the embedded edge under attack', () => {
  let edge: TestEdge;
  let api: Server;
  let seen: string[];
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  const https = () => ({ address: edge.listeners[0]!.address, port: edge.listeners[0]!.httpsPort });
  const http = () => ({ host: edge.listeners[0]!.address, port: edge.listeners[0]!.httpPort });

  beforeAll(async () => {
    edge = await startTestEdge();
    const certificate = await (await makeCa()).issue({ names: [NAME] });
    await installOn(edge, [{ name: NAME, route: 'PANEL', certificates: [certificate] }]);
    // Only a request that came whole was one; strict readers at both ends would hide what the edge lets pass.
    api = createServer({ insecureHTTPParser: true }, (request, response) => {
      request.resume().on('end', () => seen.push(request.url ?? ''));
      respond(request, response);
    });
    api.listen(edge.options.panelSocket);
    await once(api, 'listening');
  });
  beforeEach(() => {
    seen = [];
    respond = (request, response) => request.on('end', () => response.end('ok'));
  });
  afterAll(async () => {
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
    await edge.stop();
  });

  describe('two requests in one', () => {
    const chunked = 'Transfer-Encoding: chunked\r\n';
    it.each([
      ['a length and chunks', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\n${chunked}\r\n0\r\n\r\n${SMUGGLED}`],
      ['chunks and a length', `POST / HTTP/1.1\r\n${HOST}${chunked}Content-Length: 4\r\n\r\n0\r\n\r\n${SMUGGLED}`],
      ['two lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde${SMUGGLED}`],
      ['the same length twice', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde${SMUGGLED}`],
      ['a list of lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\nabcde${SMUGGLED}`],
      ['a length with a sign', `POST / HTTP/1.1\r\n${HOST}Content-Length: +5\r\n\r\nabcde${SMUGGLED}`],
      ['a negative length', `POST / HTTP/1.1\r\n${HOST}Content-Length: -5\r\n\r\nabcde${SMUGGLED}`],
      ['a length in hexadecimal', `POST / HTTP/1.1\r\n${HOST}Content-Length: 0x5\r\n\r\nabcde${SMUGGLED}`],
      ['a length beyond all numbers', `POST / HTTP/1.1\r\n${HOST}Content-Length: ${'9'.repeat(30)}\r\n\r\n${SMUGGLED}`],
      ['no length that could be one', `POST / HTTP/1.1\r\n${HOST}Content-Length:\r\n\r\n${SMUGGLED}`],
      ['another coding after the chunks', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${SMUGGLED}`],
      ['no coding that is known', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
      ['two codings in two lines', `POST / HTTP/1.1\r\n${HOST}${chunked}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n${SMUGGLED}`],
      ['a space before the colon', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
      ['a tab before the colon', `POST / HTTP/1.1\r\n${HOST}Content-Length\t: 5\r\n\r\nabcde${SMUGGLED}`],
      ['a vertical tab in a coding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
      ['a folded line', `POST / HTTP/1.1\r\n${HOST}X: a\r\n Content-Length: 5\r\n\r\nabcde${SMUGGLED}`],
      ['a coding in a folded line', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
      ['a space before the first header', `POST / HTTP/1.1\r\n ${HOST}Content-Length: 5\r\n\r\nabcde${SMUGGLED}`],
      ['lines that end with a line feed only', `POST / HTTP/1.1\n${HOST}Content-Length: 5\r\n\r\nabcde${SMUGGLED}`],
      ['a header that ends with a line feed only', `POST / HTTP/1.1\r\n${HOST}X: a\nContent-Length: 5\r\n\r\nabcde${SMUGGLED}`],
      ['headers that end with a line feed only', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\nabcde${SMUGGLED}`],
      ['a carriage return in a value', `POST / HTTP/1.1\r\n${HOST}X: a\rContent-Length: 5\r\n\r\nabcde${SMUGGLED}`],
      ['a NUL in a value', `POST / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n${SMUGGLED}`],
      ['a NUL in a name', `POST / HTTP/1.1\r\n${HOST}Content-Length\0: 5\r\n\r\nabcde${SMUGGLED}`],
      ['a header without a colon', `POST / HTTP/1.1\r\n${HOST}Content-Length 5\r\n\r\nabcde${SMUGGLED}`],
      ['chunks in the old protocol', `POST / HTTP/1.0\r\n${HOST}${chunked}Content-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ])('with %s are refused, and the connection ends', async (_, bytes) => {
      for (const socket of [connectTcp(http()), await secureConnection(https(), NAME, { ALPNProtocols: ['http/1.1'] })]) {
        const answers = await exchange(socket, bytes);
        expect(answers).toMatch(/^HTTP\/1.1 400 /);
        expect(answers.match(/HTTP\/1\.1 /g)).toHaveLength(1);
      }
      expect(seen).toEqual([]);
    });

    it.each([
      ['a size that is no number', 'xyz\r\nabcde\r\n0\r\n\r\n'],
      ['a size with a prefix', '0x5\r\nabcde\r\n0\r\n\r\n'],
      ['a negative size', '-5\r\nabcde\r\n0\r\n\r\n'],
      ['a size beyond all numbers', `${'f'.repeat(17)}\r\nabcde\r\n0\r\n\r\n`],
      ['more in it than it says', `3\r\nabcde\r\n0\r\n\r\n`],
      ['a size that ends with a line feed only', `5\nabcde\r\n0\r\n\r\n`],
      ['an end that is a line feed only', `5\r\nabcde\n0\r\n\r\n`],
      ['an extension without end', `5;${'x'.repeat(20_000)}\r\nabcde\r\n0\r\n\r\n`],
    ])('behind a chunk with %s never arrive whole', async (_, body) => {
      const socket = await secureConnection(https(), NAME, { ALPNProtocols: ['http/1.1'] });
      await exchange(socket, `POST / HTTP/1.1\r\n${HOST}${chunked}\r\n${body}${SMUGGLED}`);
      expect(seen).toEqual([]);
    });

    it.each([
      ['less in it than it says', '9'],
      ['more in it than it says', '1'],
    ])('over HTTP/2 a body with %s never arrives whole', async (_, length) => {
      const session = openHttp2('127.0.0.1');
      const stream = session.request({ ':method': 'POST', ':path': '/', ':authority': NAME, 'content-length': length });
      stream.on('error', () => undefined).resume();
      stream.end('abcde');
      await new Promise((resolve) => stream.once('close', resolve));
      session.destroy();
      expect(seen).toEqual([]);
    });
  });

  describe('a validation file', () => {
    const PATH = '/.well-known/acme-challenge/token';
    const FILE = 'token.thumbprint';
    beforeAll(async () => unwrap(await edge.installer.presentChallenge(unwrap(parseHostname(NAME)), PATH, FILE)));
    const ask = (line: string, host = NAME) =>
      exchange(connectTcp(http()), `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

    it.each([
      ['GET', PATH, NAME],
      ['GET', `${PATH}?from=a-ca`, NAME],
      ['GET', PATH, `${NAME}:80`],
    ])('is given to %s %s of %s', async (method, path, host) => {
      expect(await ask(`${method} ${path}`, host)).toMatch(new RegExp(`^HTTP/1.1 200 [^]*\r\n\r\n${FILE}$`));
    });

    it.each([
      ['a way around', 'GET', '/.well-known/x/../acme-challenge/token', NAME],
      ['an encoded way around', 'GET', '/.well-known/acme-challenge/%2e%2e/acme-challenge/token', NAME],
      ['a way out', 'GET', '/.well-known/acme-challenge/../../../../../../etc/passwd', NAME],
      ['an encoded way out', 'GET', '/.well-known/acme-challenge/..%2f..%2f..%2fneutral%2fkey.pem', NAME],
      ['backslashes', 'GET', '/.well-known/acme-challenge\\token', NAME],
      ['a doubled slash', 'GET', '//.well-known/acme-challenge/token', NAME],
      ['a slash behind', 'GET', `${PATH}/`, NAME],
      ['a NUL behind', 'GET', `${PATH}%00`, NAME],
      ['capital letters', 'GET', PATH.toUpperCase(), NAME],
      ['the folder', 'GET', '/.well-known/acme-challenge/', NAME],
      ['another name', 'GET', PATH, 'other.example'],
      ['a name with a path in it', 'GET', '/token', `${NAME}/.well-known/acme-challenge`],
      ['a method that writes', 'PUT', PATH, NAME],
      ['a method that echoes', 'TRACE', PATH, NAME],
      ['its length only', 'HEAD', PATH, NAME],
    ])('is not given to who asks by %s', async (_, method, path, host) => {
      const answer = await ask(`${method} ${path}`, host);
      expect(answer).toMatch(/^HTTP\/1.1 (200|308|400|404|405) /);
      expect(answer.slice(answer.indexOf('\r\n\r\n'))).not.toContain(FILE);
      if (method !== 'HEAD') expect(answer).not.toMatch(/^HTTP\/1.1 200 /);
    });
  });

  describe('a ClientHello', () => {
    it.each([1, 2, 100])('cut into records of %i bytes finds its site', async (size) => {
      const tcp = connectTcp(https().port, https().address);
      let first = true;
      const wire = new Duplex({
        read: () => undefined,
        write: (bytes: Buffer, _, done) => {
          tcp.write(first ? inRecordsOf(size, bytes) : bytes, () => done());
          first = false;
        },
      });
      tcp.on('data', (bytes) => wire.push(bytes));
      const socket = connectTls({ socket: wire, servername: NAME, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      expect(socket.getPeerX509Certificate()?.subjectAltName).toBe(`DNS:${NAME}`);
      tcp.destroy();
    });

    it.each([
      ['that would be longer than any', Buffer.concat([Buffer.from('0100ffff', 'hex'), Buffer.alloc(60_000)])],
      ['whose length is beyond all measure', Buffer.concat([Buffer.from('01ffffff', 'hex'), Buffer.alloc(60_000)])],
    ])('%s gets no handshake', async (_, message) => {
      const tcp = connectTcp(https().port, https().address);
      const answer = await exchange(tcp, inRecordsOf(16_000, Buffer.concat([Buffer.from('1603010000', 'hex'), message])));
      // Nothing, or an alert (RFC 8446 5.1: content type 21).
      if (answer !== '') expect(answer.charCodeAt(0)).toBe(21);
    });
  });

  describe('a flood from one address', () => {
    const { perClient } = EDGE_LIMITS.connections;

    it('takes only the places that one address has: its neighbour is served, and it too once it has let go', async () => {
      const more = 20;
      let refused = 0;
      const flood = Array.from({ length: perClient + more }, (_, i) => {
        const to = i % 2 === 0 ? { host: https().address, port: https().port } : http();
        const socket = connectTcp({ ...to, localAddress: '127.0.0.2' });
        return socket.on('error', () => undefined).on('close', () => refused++);
      });
      await expect.poll(() => refused, { timeout: 8_000 }).toBeGreaterThanOrEqual(more);
      expect((await handshake(https(), NAME)).subjectAltName).toBe(`DNS:${NAME}`);
      expect(await exchange(connectTcp(http()), `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 308 /);
      flood.forEach((socket) => socket.destroy());
      const again = () => handshake(https(), NAME, { localAddress: '127.0.0.2' } as object).then(({ subjectAltName }) => subjectAltName);
      await expect.poll(() => again().catch(() => 'refused')).toBe(`DNS:${NAME}`);
    });

    it('takes only the places at the panel that one address has', async () => {
      const { perClient: places } = EDGE_LIMITS.panelRequests;
      const held: ServerResponse[] = [];
      respond = (request, response) => void (request.url === '/now' ? response.end('ok') : held.push(response));
      const sessions = Array.from({ length: Math.ceil((places + 1) / EDGE_LIMITS.streams) }, () => openHttp2('127.0.0.2'));
      const ask = (session: ClientHttp2Session, path: string) => {
        const stream = session.request({ ':path': path, ':authority': NAME });
        return once(stream.resume(), 'response').then(([headers]) => (headers as { ':status': number })[':status']);
      };
      const slow = Array.from({ length: places }, (_, i) => ask(sessions[Math.floor(i / EDGE_LIMITS.streams)]!, '/slow'));
      await expect.poll(() => held.length).toBe(places);
      const neighbour = openHttp2('127.0.0.1');
      expect([await ask(sessions.at(-1)!, '/now'), await ask(neighbour, '/now')]).toEqual([503, 200]);
      held.forEach((response) => response.end());
      expect(new Set(await Promise.all(slow))).toEqual(new Set([200]));
      await expect.poll(() => ask(sessions.at(-1)!, '/now')).toBe(200);
      [...sessions, neighbour].forEach((session) => session.destroy());
    });
  });

  function openHttp2(localAddress: string): ClientHttp2Session {
    const options = { rejectUnauthorized: false, servername: NAME, localAddress };
    return connectHttp2(`https://${https().address}:${https().port}`, options as object).on('error', () => undefined);
  }
});

/** What comes until the other side ends the connection; we do not. */
async function exchange(socket: Socket, bytes: string | Buffer): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** The handshake message in one record, in records of `size` bytes (RFC 8446 5.1 allows it). */
function inRecordsOf(size: number, record: Buffer): Buffer {
  const [header, message] = [record.subarray(0, 3), record.subarray(5)];
  const parts = Array.from({ length: Math.ceil(message.length / size) }, (_, i) => message.subarray(i * size, (i + 1) * size));
  return Buffer.concat(parts.flatMap((part) => [header, Buffer.from([part.length >> 8, part.length & 255]), part]));
}
