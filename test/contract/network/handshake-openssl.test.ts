/** Handshakes with a peer of other making: what Node's own server does not offer. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeProber } from '../../../src/adapters/network/probe/prober.js';
import { prove } from '../../../src/cores/tls/proof.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { fromDate, instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { OpensslServers } from '../../support/tls/s-server.js';

const shop = unwrap(parseHostname('shop.example.test'));

describe('a handshake with openssl s_server', () => {
  const listeners = new Listeners();
  let openssl: OpensslServers;
  beforeAll(async () => {
    openssl = await OpensslServers.make(shop, listeners);
    await openssl.certify('strong', 'rsa:2048');
    await openssl.certify('weak', 'rsa:1024');
  });
  afterEach(() => listeners.stop());
  afterAll(() => openssl.remove());

  const observe = (port: number) =>
    makeProber({ dialer: loopbackDialer(), clock: { now: () => instant(0) }, random: new SystemRandom(), timeoutMs: 10_000 }).observe({
      ...{ address: ip('127.0.0.1'), port, servername: shop },
    });

  it.each([
    ['static RSA', 'AES256-SHA', 'TLS_RSA_WITH_AES_256_CBC_SHA', 'no forward secrecy'],
    ['finite-field Diffie-Hellman', 'DHE-RSA-AES128-GCM-SHA256', 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 'finite-field'],
  ])('that exchanges keys by %s shows no group', async (_, cipher, cipherSuite, detail) => {
    const { session, steps } = await observe(await openssl.serve('strong', '-tls1_2', '-cipher', cipher));
    expect(session).toMatchObject({ protocol: 'TLSv1.2', cipherSuite });
    expect(session).not.toHaveProperty('group');
    expect(steps[3]?.detail).toContain(detail);
  });

  it('that knows only P-384 costs a HelloRetryRequest', async () => {
    const { session, steps } = await observe(await openssl.serve('strong', '-tls1_3', '-groups', 'P-384'));
    expect(session).toMatchObject({ protocol: 'TLSv1.3', group: 'secp384r1' });
    expect(steps[1]?.detail).toContain('HelloRetryRequest');
  });

  it('that refuses a name that it does not know sends the alert, and the alert is named', async () => {
    const certificate = ['-cert2', openssl.file('strong.pem'), '-key2', openssl.file('strong.key')];
    const port = await openssl.serve('strong', '-servername', 'other.example.test', '-servername_fatal', ...certificate);
    expect((await observe(port)).failure).toMatchObject({ code: 'TLS_ALERT', facts: { alert: 'unrecognized_name' } });
  });

  it('that shows a key which is too weak is seen, and proves nothing', async () => {
    const observation = await observe(await openssl.serve('weak', '-cipher', 'DEFAULT:@SECLEVEL=0'));
    const roots = observation.session?.chain ?? [];
    expect(prove(observation, { name: shop, roots }, fromDate(new Date()))).toMatchObject({
      problem: { code: 'CHAIN_CONSTRAINT_VIOLATED', facts: { detail: 'its key is of kind RSA_1024, which is not accepted' } },
    });
  });
});
