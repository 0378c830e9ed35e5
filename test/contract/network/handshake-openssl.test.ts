/** Handshakes with a peer of other making: what Node's own server does not offer. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeProber } from '../../../src/adapters/network/probe/prober.js';
import { prove } from '../../../src/cores/tls/proof.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { fromDate, instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';

const run = promisify(execFile);
const shop = unwrap(parseHostname('shop.example.test'));

describe('a handshake with openssl s_server', () => {
  let folder: string;
  const listeners = new Listeners();
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'hostseal-s_server-'));
    await makeCertificate('strong', 2048);
    await makeCertificate('weak', 1024);
  });
  afterEach(() => listeners.stop());
  afterAll(() => rm(folder, { recursive: true }));

  const makeCertificate = (name: string, bits: number) =>
    run(
      'openssl',
      ['req', '-x509', '-newkey', `rsa:${bits}`, '-nodes', '-subj', `/CN=${shop}`, '-days', '2'].concat([
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.pem`),
      ]),
    );
  const file = (name: string): string => path.join(folder, name);

  async function serve(certificate: string, ...options: readonly string[]): Promise<number> {
    const files = ['-cert', file(`${certificate}.pem`), '-key', file(`${certificate}.key`)];
    const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...files, ...options], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
    listeners.onStop(async () => {
      server.kill('SIGKILL');
      await ended;
    });
    // It says `ACCEPT 127.0.0.1:40123` when it listens, and ends when its standard input does.
    let said = '';
    for await (const text of server.stdout) {
      said += String(text);
      const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined) return Number(port);
    }
    throw new Error(`openssl s_server did not start: ${said}`);
  }
  const observe = (port: number) =>
    makeProber({ dialer: loopbackDialer(), clock: { now: () => instant(0) }, random: new SystemRandom(), timeoutMs: 10_000 }).observe({
      ...{ address: ip('127.0.0.1'), port, servername: shop },
    });

  it.each([
    ['static RSA', 'AES256-SHA', 'TLS_RSA_WITH_AES_256_CBC_SHA', 'no forward secrecy'],
    ['finite-field Diffie-Hellman', 'DHE-RSA-AES128-GCM-SHA256', 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 'finite-field'],
  ])('that exchanges keys by %s shows no group', async (_, cipher, cipherSuite, detail) => {
    const { session, steps } = await observe(await serve('strong', '-tls1_2', '-cipher', cipher));
    expect(session).toMatchObject({ protocol: 'TLSv1.2', cipherSuite });
    expect(session).not.toHaveProperty('group');
    expect(steps[3]?.detail).toContain(detail);
  });

  it('that knows only P-384 costs a HelloRetryRequest', async () => {
    const { session, steps } = await observe(await serve('strong', '-tls1_3', '-groups', 'P-384'));
    expect(session).toMatchObject({ protocol: 'TLSv1.3', group: 'secp384r1' });
    expect(steps[1]?.detail).toContain('HelloRetryRequest');
  });

  it('that refuses a name that it does not know sends the alert, and the alert is named', async () => {
    const certificate = ['-cert2', file('strong.pem'), '-key2', file('strong.key')];
    const port = await serve('strong', '-servername', 'other.example.test', '-servername_fatal', ...certificate);
    expect((await observe(port)).failure).toMatchObject({ code: 'TLS_ALERT', facts: { alert: 'unrecognized_name' } });
  });

  it('that shows a key which is too weak is seen, and proves nothing', async () => {
    const observation = await observe(await serve('weak', '-cipher', 'DEFAULT:@SECLEVEL=0'));
    const roots = observation.session?.chain ?? [];
    expect(prove(observation, { name: shop, roots }, fromDate(new Date()))).toMatchObject({
      problem: { code: 'CHAIN_CONSTRAINT_VIOLATED', facts: { detail: 'its key is of kind RSA_1024, which is not accepted' } },
    });
  });
});
