/** Clients that take their time: each limit of the edge on time, reached on a listener that has short ones. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ClientBounds } from '../../../src/adapters/installers/embedded-edge/serving/client-bounds.js';
import { EDGE_LIMITS } from '../../../src/adapters/installers/embedded-edge/serving/limits.js';
import { neutralCertificate } from '../../../src/adapters/installers/embedded-edge/serving/neutral-certificate.js';
import { plainListener } from '../../../src/adapters/installers/embedded-edge/serving/plain-listener.js';
import { secureListener, type Serving } from '../../../src/adapters/installers/embedded-edge/serving/secure-listener.js';
import { ServableCertificates } from '../../../src/adapters/installers/embedded-edge/serving/servable-certificates.js';
import { CertificateStore } from '../../../src/adapters/installers/embedded-edge/tree/certificate-store.js';
import { secureConnection } from '../../support/tls/handshake.js';
import { Listeners } from '../../support/listen.js';

const REQUEST = 'POST / HTTP/1.1\r\nHost: a.example\r\n';

describe.concurrent('the embedded edge ends a connection of a client', () => {
  const listeners = new Listeners();
  let directory: string;
  let port: { http: number; https: number };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'edge-slow-'));
    const serving: Serving = {
      certificates: new ServableCertificates(await CertificateStore.open(join(directory, 'certificates'))),
      neutral: await neutralCertificate(join(directory, 'neutral')),
      limits: { ...EDGE_LIMITS, handshake: 200, headers: 200, request: 400, keepAlive: 100, idle: 500, lookEvery: 20 },
      connections: new ClientBounds(EDGE_LIMITS.connections),
    };
    // Its answer waits for the body, which none of these clients ever sends.
    const patient: RequestListener = (request, response) => void request.resume().on('end', () => response.end());
    port = {
      http: await listeners.listen(plainListener(patient, serving)),
      https: await listeners.listen(
        secureListener(
          () => undefined,
          () => undefined,
          serving,
        ),
      ),
    };
  });
  afterAll(async () => {
    await listeners.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const plain = () => connectTcp(port.http, '127.0.0.1');
  const bare = () => connectTcp(port.https, '127.0.0.1');
  const secured = (protocol: string) =>
    secureConnection({ address: '127.0.0.1', port: port.https }, 'a.example', { ALPNProtocols: [protocol] });

  it.each<[string, () => Socket | Promise<Socket>, string, string]>([
    ['that says nothing on the HTTP port', plain, '', ''],
    ['that says nothing on the HTTPS port', bare, '', ''],
    ['whose hello drips in', bare, '16030102000100', '00'],
    ['that says nothing after the handshake', () => secured('http/1.1'), '', ''],
    ['that says nothing after the handshake for HTTP/2', () => secured('h2'), '', ''],
    ['whose headers drip in', plain, `${REQUEST}X: `, 'x'],
    ['whose headers drip in over TLS', () => secured('http/1.1'), `${REQUEST}X: `, 'x'],
    ['whose body drips in', plain, `${REQUEST}Content-Length: 1000000\r\n\r\n`, 'x'],
    ['that is silent after a part of its body', plain, `${REQUEST}Content-Length: 10\r\n\r\nx`, ''],
    ['that asks for nothing more', plain, `GET / HTTP/1.1\r\nHost: a.example\r\n\r\n`, ''],
  ])('%s', async (_, open, first, drip) => {
    const socket = await open();
    const bytes = (text: string) => (/^[0-9a-f]+$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text));
    socket.on('error', () => undefined).resume();
    if (first !== '') socket.write(bytes(first));
    const dripping = setInterval(() => drip !== '' && socket.write(bytes(drip)), 20);
    await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once('close', resolve)));
    clearInterval(dripping);
  });

  it('that opens a session of HTTP/2 and no stream in it', async () => {
    const session = connectHttp2(`https://127.0.0.1:${port.https}`, { rejectUnauthorized: false });
    await once(session, 'close');
  });
});
