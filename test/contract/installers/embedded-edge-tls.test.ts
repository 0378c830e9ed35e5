/** How the edge speaks TLS, and what it makes of clients that do not. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgeState } from '../../../src/adapters/installers/embedded-edge/control-client.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { installOn, startTestEdge, type TestEdge } from '../../support/edge.js';
import { handshake, secureConnection } from '../../support/tls/handshake.js';

describe('the embedded edge and TLS', () => {
  let edge: TestEdge;
  let ca: TestCa;
  let pair: { rsa: TestCertificate; ecdsa: TestCertificate };
  const https = () => ({ address: edge.listeners[0]!.address, port: edge.listeners[0]!.httpsPort });
  const http = () => ({ host: edge.listeners[0]!.address, port: edge.listeners[0]!.httpPort });

  beforeAll(async () => {
    edge = await startTestEdge();
    ca = await makeCa();
    pair = { rsa: await ca.issue({ names: ['a.example'], algorithm: 'RSA' }), ecdsa: await ca.issue({ names: ['a.example'] }) };
    await installOn(edge, [
      { name: 'a.example', certificates: [pair.rsa, pair.ecdsa] },
      { name: 'b.example', certificates: [await ca.issue({ names: ['b.example'] })] },
    ]);
  });
  afterAll(() => edge.stop());

  it('agrees on TLS 1.3 with the hybrid group and HTTP/2 with a client that can', async () => {
    expect(await handshake(https(), 'a.example', { ecdhCurve: 'X25519MLKEM768:X25519', ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({
      protocol: 'TLSv1.3',
      group: 'X25519MLKEM768',
      alpn: 'h2',
      chainLength: 2,
    });
  });

  it.each(['X25519', 'P-256', 'P-384'])('agrees on %s with a client that has nothing else', async (ecdhCurve) => {
    expect(await handshake(https(), 'a.example', { ecdhCurve })).toMatchObject({ protocol: 'TLSv1.3' });
  });

  it.each([
    ['ECDHE-RSA-AES128-GCM-SHA256', 'rsa'],
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ecdsa'],
    ['ECDHE-RSA-CHACHA20-POLY1305', 'rsa'],
    ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ecdsa'],
  ] as const)('a TLS 1.2 client with %s alone sees the %s certificate', async (ciphers, kind) => {
    const seen = await handshake(https(), 'a.example', { maxVersion: 'TLSv1.2', ciphers });
    expect(seen).toMatchObject({ protocol: 'TLSv1.2', fingerprint: pair[kind].fingerprint });
  });

  it.each([
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }],
    ['a suite without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ['a CBC suite', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA' }],
  ] as const)('refuses %s', async (_, options) => {
    await expect(handshake(https(), 'a.example', options)).rejects.toThrow();
  });

  it('resumes a session at its own site and at no other', async () => {
    const first = await secureConnection(https(), 'a.example', { maxVersion: 'TLSv1.2' });
    const session = first.getSession();
    first.destroy();
    const resumed = async (name: string) => {
      const socket = await secureConnection(https(), name, { maxVersion: 'TLSv1.2', session });
      const reused = socket.isSessionReused();
      socket.destroy();
      return reused;
    };
    expect(await resumed('a.example')).toBe(true);
    expect(await resumed('b.example')).toBe(false);
    expect(await resumed('unknown.example')).toBe(false);
  });

  it('serves a site whose hello comes byte by byte', async () => {
    const { default: tls } = await import('node:tls');
    const { Duplex } = await import('node:stream');
    const tcp = connectTcp(https().port, https().address);
    tcp.setNoDelay(true);
    const slow = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _, done) => {
        const rest = [...chunk];
        const next = () => (rest.length === 0 ? done() : void tcp.write(Buffer.from(rest.splice(0, 7)), () => setImmediate(next)));
        next();
      },
    });
    tcp.on('data', (chunk) => slow.push(chunk));
    const socket: TLSSocket = tls.connect({ socket: slow, servername: 'b.example', rejectUnauthorized: false });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    expect(socket.getPeerX509Certificate()?.subjectAltName).toBe('DNS:b.example');
    tcp.destroy();
  });

  it('a certificate that is damaged on disk costs its own site and is reported; the others are served', async () => {
    const [victim, partner] = [await ca.issue({ names: ['v.example'] }), await ca.issue({ names: ['w.example'] })];
    await installOn(edge, [
      { name: 'v.example', certificates: [victim] },
      { name: 'w.example', certificates: [partner] },
    ]);
    const folders = await readdir(join(edge.options.home, 'certificates'));
    await edge.kill();
    await writeFile(
      join(
        edge.options.home,
        'certificates',
        folders.find((id) => id.startsWith(victim.fingerprint))!,
        'chain.pem',
      ),
      'x',
    );
    await edge.start();
    expect((await handshake(https(), 'w.example')).fingerprint).toBe(partner.fingerprint);
    expect((await handshake(https(), 'v.example')).subjectAltName).toBe('DNS:neutral.invalid');
    expect(unwrap(await edgeState(edge.control)).broken).toEqual([{ fingerprint: victim.fingerprint, detail: 'the files are damaged' }]);
    const inventory = unwrap(await edge.installer.inventory()).bindings.find(({ key }) => key.name === 'v.example');
    expect(inventory?.fingerprints).toEqual([]);
    await installOn(edge, [{ name: 'v.example', certificates: [victim] }]);
    expect((await handshake(https(), 'v.example')).fingerprint).toBe(victim.fingerprint);
  });

  it('with one of two certificates lost, the site goes on with the other', async () => {
    const [rsa, ecdsa] = [await ca.issue({ names: ['x.example'], algorithm: 'RSA' }), await ca.issue({ names: ['x.example'] })];
    await installOn(edge, [{ name: 'x.example', certificates: [rsa, ecdsa] }]);
    const folders = await readdir(join(edge.options.home, 'certificates'));
    await edge.kill();
    await rm(
      join(
        edge.options.home,
        'certificates',
        folders.find((id) => id.startsWith(ecdsa.fingerprint))!,
      ),
      { recursive: true },
    );
    await edge.start();
    expect((await handshake(https(), 'x.example')).fingerprint).toBe(rsa.fingerprint);
  });

  it.each([
    ['nothing at all', ''],
    ['plain HTTP', 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n'],
    ['a record that promises more than it may', '16030300ff'.padEnd(40_000, 'f')],
    ['an empty handshake record', '160301000016030100000000'],
    ['a hello cut in the middle', '16030100c8010000c40303' + '00'.repeat(60)],
    ['a hello whose extensions lie about their length', `1603010030010000${'2c'}0303${'00'.repeat(32)}00000213010100ffff0000`],
    ['an alert first', '15030100020228'],
    ['application data first', '1703030005aaaaaaaaaa'],
    ['an SSLv2 hello', '802e010002001500000010010080020080030080040080'],
    ['zeroes', '00'.repeat(5000)],
    ['the same record for ever', '16030100010b'.repeat(8000)],
  ])('survives a client that sends %s', async (_, bytes) => {
    const pid = await edge.pid();
    const data = /^[0-9a-f]*$/.test(bytes) ? Buffer.from(bytes, 'hex') : Buffer.from(bytes);
    for (const target of [{ host: https().address, port: https().port }, http()]) {
      await new Promise<void>((resolve) => {
        const socket = connectTcp(target.port, target.host, () => socket.end(data));
        socket.on('error', () => resolve()).on('close', () => resolve());
        socket.resume();
      });
    }
    expect((await handshake(https(), 'b.example')).subjectAltName).toBe('DNS:b.example');
    expect(await edge.pid()).toBe(pid);
  });

  it('survives clients that hang up in every moment of a handshake', async () => {
    const pid = await edge.pid();
    for (let bytes = 1; bytes < 400; bytes += 13) {
      const socket = connectTcp(https().port, https().address);
      const { default: tls } = await import('node:tls');
      const client = tls.connect({ socket, servername: 'a.example', rejectUnauthorized: false });
      client.on('error', () => undefined);
      socket.on('data', () => undefined);
      await new Promise((resolve) => socket.once('connect', resolve));
      if (bytes % 2 === 0) socket.resetAndDestroy();
      else socket.end(Buffer.alloc(bytes));
    }
    expect((await handshake(https(), 'b.example')).subjectAltName).toBe('DNS:b.example');
    expect(await edge.pid()).toBe(pid);
  });
});
