import https from 'node:https';
import tls from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeHttpSession, type HttpSession } from '../../../src/adapters/network/http/http-session.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { Listeners } from '../../support/listen.js';
import { loopbackDialer } from '../../support/network.js';

let ca: TestCa;
let own: TestCertificate;
let listeners: Listeners;
let session: HttpSession;
beforeAll(async () => {
  ca = await makeCa();
  own = await ca.issue({ names: ['localhost'] });
});
beforeEach(() => {
  listeners = new Listeners();
  session = makeHttpSession(loopbackDialer(), [ca.rootPem]);
});
afterEach(() => listeners.stop());

const serve = async (server: tls.Server): Promise<URL> => new URL(`https://localhost:${await listeners.listen(server)}/a?b=c`);
const secure = () => ({ cert: own.chainPem, key: own.keyPem });
const GET = { method: 'GET', headers: {} } as const;
const bounds = { maxBytes: 1_000, timeoutMs: 5_000 };

it('one connection is asked again and again, and gives back what was sent', async () => {
  let connections = 0;
  const server = https.createServer(secure(), async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    response.setHeader('x-asked', `${request.method} ${request.url} ${request.headers['content-type']} ${body}`).end('answer');
  });
  server.on('secureConnection', () => connections++);
  const url = await serve(server);
  const post = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'ü' } as const;
  for (let i = 0; i < 5; i++) {
    const { status, headers, body } = unwrap(await session.request(url, post, bounds));
    expect([status, Buffer.from(headers['x-asked'] as string, 'latin1').toString(), Buffer.from(body).toString()]).toEqual([
      200,
      'POST /a?b=c text/plain ü',
      'answer',
    ]);
  }
  expect(connections).toBe(1);
});

it('a connection that was broken off in an answer is not used again', async () => {
  let asked = 0;
  const url = await serve(https.createServer(secure(), (_, response) => void response.end(asked++ === 0 ? 'x'.repeat(1_001) : 'short')));
  expect(await session.request(url, GET, bounds)).toMatchObject({ ok: false, problem: { code: 'ANSWER_TOO_LARGE' } });
  expect(unwrap(await session.request(url, GET, bounds)).status).toBe(200);
});

it('who waits for a turn until the time is over is told so, and never asked for', async () => {
  let asked = 0;
  const url = await serve(https.createServer(secure(), () => void asked++));
  const many = Array.from({ length: 20 }, () => session.request(url, GET, { ...bounds, timeoutMs: 1_000 }));
  for (const answer of await Promise.all(many)) expect(answer).toMatchObject({ ok: false, problem: { code: 'CONNECTION_TIMED_OUT' } });
  expect(asked).toBe(8);
});

it('what is not HTTP, and a server that goes away', async () => {
  const garbage = await serve(tls.createServer(secure(), (socket) => void socket.end('SSH-2.0-x\r\n')));
  expect(await session.request(garbage, GET, bounds)).toMatchObject({ ok: false, problem: { code: 'HTTP_ANSWER_MALFORMED' } });
  const gone = await serve(tls.createServer(secure(), (socket) => void socket.destroy()));
  expect(await session.request(gone, GET, bounds)).toMatchObject({ ok: false, problem: { code: 'CONNECTION_CLOSED' } });
});
