import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeProber } from '../../../src/adapters/network/probe/prober.js';
import { HANDSHAKE_STEPS, type HandshakeTarget, type Observation } from '../../../src/cores/tls/observation.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { type Hostname, parseHostname } from '../../../src/values/hostname.js';
import { instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { startWire } from '../../support/tls/wire.js';

const loopback = ip('127.0.0.1');
const shop = unwrap(parseHostname('shop.example.test'));
const now = instant(1_800_000_000_000);
const dialer = loopbackDialer();

const observe = (port: number, servername: Hostname | undefined = shop, timeoutMs = 10_000): Promise<Observation> =>
  observeTarget({ address: loopback, port, servername }, timeoutMs);
const observeTarget = (target: HandshakeTarget, timeoutMs = 10_000): Promise<Observation> =>
  makeProber({ dialer, clock: { now: () => now }, random: new SystemRandom(), timeoutMs }).observe(target);
const stepsOf = ({ steps }: Observation) => steps.map(({ step }) => step);
const detailOf = ({ steps }: Observation, name: string) => steps.find(({ step }) => step === name)?.detail;

describe('a handshake', () => {
  let ca: TestCa;
  let ecdsa: TestCertificate;
  let rsa: TestCertificate;
  const listeners = new Listeners();
  beforeAll(async () => {
    ca = await makeCa();
    ecdsa = await ca.issue({ names: [shop] });
    rsa = await ca.issue({ names: [shop], algorithm: 'RSA' });
  });
  afterEach(() => listeners.stop());

  const serve = (options: tls.TlsOptions = {}): Promise<number> =>
    listeners.listen(
      tls
        .createServer({ cert: ecdsa.chainPem, key: ecdsa.keyPem, ALPNProtocols: ['h2', 'http/1.1'], ...options }, (socket) => {
          socket.on('error', () => {}).resume();
        })
        .on('tlsClientError', () => {}),
    );

  it('in TLS 1.3 shows all five steps, the hybrid group and the chain as it was sent', async () => {
    const observation = await observe(await serve());
    expect(observation).toMatchObject({
      at: now,
      target: { address: '127.0.0.1', servername: shop },
      session: { protocol: 'TLSv1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384', group: 'X25519MLKEM768', alpn: 'h2' },
    });
    expect(observation.session?.chain).toEqual([ecdsa.leafDer, ca.intermediateDer]);
    expect(stepsOf(observation)).toEqual(HANDSHAKE_STEPS);
    const times = observation.steps.map(({ afterMs }) => afterMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(detailOf(observation, 'CLIENT_HELLO')).toContain('asks for shop.example.test (SNI)');
    expect(detailOf(observation, 'KEY_EXCHANGE')).toContain('post-quantum');
  });

  it.each([
    ['RSA', () => rsa, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    ['ECDSA', () => ecdsa, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  ])('in TLS 1.2 with %s shows all five steps and the curve', async (_, certificate, cipherSuite) => {
    const { chainPem, keyPem, leafDer } = certificate();
    const observation = await observe(await serve({ cert: chainPem, key: keyPem, maxVersion: 'TLSv1.2' }));
    expect(observation.session).toMatchObject({ protocol: 'TLSv1.2', cipherSuite, group: 'x25519' });
    expect(observation.session?.chain).toEqual([leafDer, ca.intermediateDer]);
    expect(stepsOf(observation)).toEqual(HANDSHAKE_STEPS);
  });

  it.each<['TLSv1.2' | 'TLSv1.3']>([['TLSv1.2'], ['TLSv1.3']])(
    'in %s shows extra certificates, in the order they were sent',
    async (version) => {
      const other = await makeCa('Somebody Else');
      const cert = [ecdsa.leafPem, other.intermediatePem, ca.intermediatePem, ca.rootPem].join('\n');
      const observation = await observe(await serve({ cert, minVersion: version, maxVersion: version }));
      expect(observation.session?.chain).toEqual([ecdsa.leafDer, other.intermediateDer, ca.intermediateDer, ca.rootDer]);
    },
  );

  it.each<['TLSv1.2' | 'TLSv1.3']>([['TLSv1.2'], ['TLSv1.3']])(
    'in %s shows a leaf that was sent alone as a chain of one',
    async (version) => {
      const observation = await observe(await serve({ cert: ecdsa.leafPem, minVersion: version, maxVersion: version }));
      expect(observation.session?.chain).toEqual([ecdsa.leafDer]);
      expect(detailOf(observation, 'CERTIFICATE')).toContain('alone');
    },
  );

  it('with a server of P-256 only takes another round trip, and says so', async () => {
    const observation = await observe(await serve({ ecdhCurve: 'P-256' }));
    expect(observation.session).toMatchObject({ protocol: 'TLSv1.3', group: 'secp256r1' });
    expect(detailOf(observation, 'SERVER_HELLO')).toContain('HelloRetryRequest');
    expect(detailOf(observation, 'FINISHED')).toContain('2 round trips');
  });

  it.each([
    ['an expired certificate', () => ca.issue({ names: [shop], notAfter: new Date(Date.now() - 60_000) })],
    ['a certificate for another name', () => ca.issue({ names: ['blog.example.test'] })],
    ['a certificate of nobody that is trusted', async () => (await makeCa('Stranger')).issue({ names: [shop] })],
  ])('shows %s: seen, not judged', async (_, issue) => {
    const { chainPem, keyPem, leafDer } = await issue();
    const observation = await observe(await serve({ cert: chainPem, key: keyPem }));
    expect(observation.session?.chain[0]).toEqual(leafDer);
  });

  it('sends the server name that it was given, and none where it was given none', async () => {
    const names: unknown[] = [];
    const port = await serve({
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    await observe(port);
    const nameless = await observeTarget({ address: loopback, port });
    expect(names).toEqual([shop]);
    expect(nameless.session).toBeDefined();
    expect(detailOf(nameless, 'CLIENT_HELLO')).toContain('no server name');
  });

  it('is a full one each time, never a resumption', async () => {
    const port = await serve({ maxVersion: 'TLSv1.2' });
    await observe(port);
    expect(stepsOf(await observe(port))).toEqual(HANDSHAKE_STEPS);
  });

  it('completes with a server that asks for a client certificate, as far as the server can be seen', async () => {
    const observation = await observe(await serve({ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' }));
    expect(observation.session?.chain[0]).toEqual(ecdsa.leafDer);
  });

  it('goes over a unix socket for a rehearsal', async () => {
    const socketPath = path.join(os.tmpdir(), `hostseal-rehearsal-${process.pid}.sock`);
    await listeners.listen(tls.createServer({ cert: ecdsa.chainPem, key: ecdsa.keyPem }), { path: socketPath });
    const target = { address: ip('192.0.2.1'), port: 443, servername: shop, socketPath };
    const observation = await observeTarget(target);
    expect(observation.session?.chain[0]).toEqual(ecdsa.leafDer);
  });

  describe('that fails', () => {
    it('with an alert names it', async () => {
      const port = await listeners.listen(
        net.createServer((socket) => socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 112])))),
      );
      expect(await observe(port)).toMatchObject({
        failure: { code: 'TLS_ALERT', facts: { address: '127.0.0.1', port, alert: 'unrecognized_name', step: 'CLIENT_HELLO' } },
      });
    });

    it('because the versions have nothing in common names that alert', async () => {
      const port = await serve({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' });
      expect((await observe(port)).failure).toMatchObject({ code: 'TLS_ALERT', facts: { alert: 'protocol_version' } });
    });

    it.each([
      ['plain HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'it answered in plain HTTP'],
      ['the greeting of a mail server', '220 mail.example.test ESMTP\r\n', 'it said "220 mail.example.test ESMTP" in the place of TLS'],
    ])('because the port speaks %s says so', async (_, greeting, detail) => {
      const port = await listeners.listen(net.createServer((socket) => socket.once('data', () => socket.end(greeting))));
      expect((await observe(port)).failure).toMatchObject({ code: 'TLS_PROTOCOL_ERROR', facts: { detail } });
    });

    it('because the server says nothing ends in time, with the step that was reached', async () => {
      const port = await listeners.listen(net.createServer());
      expect(await observe(port, shop, 200)).toMatchObject({
        steps: [{ step: 'CLIENT_HELLO' }],
        failure: { code: 'CONNECTION_TIMED_OUT', facts: { limit: 200, step: 'CLIENT_HELLO' } },
      });
    });

    it('because nothing listens, or the address is not allowed, has no steps', async () => {
      const port = await listeners.closedPort();
      expect(await observe(port)).toMatchObject({ steps: [], failure: { code: 'CONNECTION_REFUSED', facts: { port } } });
      const target = { address: ip('169.254.169.254'), port: 443, servername: shop };
      const refused = await observeTarget(target);
      expect(refused).toMatchObject({ steps: [], failure: { code: 'ADDRESS_NOT_ALLOWED' } });
    });

    it('because the server sends without end is cut off at once', async () => {
      const records = Buffer.alloc(5 * 60_000, Buffer.from([20, 3, 3, 0, 0]));
      const port = await listeners.listen(net.createServer((socket) => socket.once('data', () => socket.write(records))));
      expect((await observe(port)).failure?.code).toBe('TLS_PROTOCOL_ERROR');
    });

    it.each([0, 1, 5, 60, 130, 400, 1_000])(
      'because the connection is cut after %i bytes of the answer names the step',
      async (afterBytes) => {
        const wire = await startWire(await serve({ maxVersion: 'TLSv1.2' }));
        listeners.onStop(() => wire.stop());
        for (const kind of ['TRUNCATE', 'RESET'] as const) {
          wire.fault = { kind, afterBytes };
          const observation = await observe(wire.port);
          expect(observation.failure).toMatchObject({ code: 'CONNECTION_CLOSED', facts: { step: observation.steps.at(-1)?.step } });
          expect(observation.session).toBeUndefined();
        }
      },
    );

    it.each([1, 100, 900])('because the connection hangs after %i bytes of the answer ends in time', async (afterBytes) => {
      const wire = await startWire(await serve({ minVersion: 'TLSv1.3' }));
      listeners.onStop(() => wire.stop());
      wire.fault = { kind: 'HANG', afterBytes };
      expect((await observe(wire.port, shop, 300)).failure).toMatchObject({ code: 'CONNECTION_TIMED_OUT' });
    });
  });

  it('lets go of its socket, whatever came of it', async () => {
    const wire = await startWire(await serve());
    listeners.onStop(() => wire.stop());
    const faults = [
      { kind: 'NONE' },
      { kind: 'TRUNCATE', afterBytes: 50 },
      { kind: 'RESET', afterBytes: 50 },
      { kind: 'HANG', afterBytes: 50 },
    ] as const;
    const before = ourSockets();
    for (const fault of faults) {
      wire.fault = fault;
      await observe(wire.port, shop, 500);
      await expect.poll(() => wire.open.size).toBe(0);
    }
    expect(wire.accepted).toBe(faults.length);
    // Those of tests before this one may have gone meanwhile.
    await expect.poll(ourSockets).toBeLessThanOrEqual(before);
  });
});

const ourSockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
