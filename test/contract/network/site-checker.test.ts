import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createServer as createHttps } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { paceAt } from '../../../src/adapters/network/probe/check/pace.js';
import type { AddressCheck } from '../../../src/cores/tls/check/site-check.js';
import { TLS10, TLS11, TLS12, TLS13 } from '../../../src/cores/tls/registry/versions.js';
import { ok, unwrap } from '../../../src/values/result.js';
import { startDns } from '../../support/acme/dns-server.js';
import { makeMailServer } from '../../simulators/mail-server/mail-server.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { freePort } from '../../support/suite/free-port.js';
import { Listeners } from '../../support/listen.js';
import { ip } from '../../support/network.js';
import { startTestNginx } from '../../support/nginx/nginx.js';
import { OpensslServers, opensslSuites } from '../../support/tls/s-server.js';
import { checkShop, loopbackChecker, LOOPBACK, SHOP } from '../../support/tls/site-checker.js';

describe('the full check of a real server', () => {
  let ca: TestCa;
  let rsa: TestCertificate;
  let ecdsa: TestCertificate;
  let openssls: OpensslServers;
  const listeners = new Listeners();
  beforeAll(async () => {
    ca = await makeCa();
    rsa = await ca.issue({ names: [SHOP], algorithm: 'RSA' });
    ecdsa = await ca.issue({ names: [SHOP] });
    openssls = await OpensslServers.make(SHOP, listeners);
    for (const [name, { chainPem, keyPem }] of Object.entries({ rsa, ecdsa })) {
      await writeFile(openssls.file(`${name}.pem`), chainPem);
      await writeFile(openssls.file(`${name}.key`), keyPem);
    }
    await writeFile(openssls.file('root.pem'), ca.rootPem);
  });
  afterEach(() => listeners.stop());
  afterAll(() => openssls.remove());

  const openssl = (...options: readonly string[]) => openssls.serve('rsa', '-www', ...options);

  describe("nginx with Mozilla's intermediate policy", () => {
    let tls: number;
    let plain: number;
    let mutual: number;
    let early: number;
    let stop: () => Promise<void>;
    beforeAll(async () => {
      [tls, plain, mutual, early] = [await freePort(), await freePort(), await freePort(), await freePort()];
      const pair = `ssl_certificate ${openssls.file('rsa.pem')}; ssl_certificate_key ${openssls.file('rsa.key')};`;
      const nginx = await startTestNginx({
        http: `
          ssl_protocols TLSv1.2 TLSv1.3;
          ssl_ecdh_curve X25519:prime256v1:secp384r1;
          ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
          ssl_prefer_server_ciphers off;
          ssl_session_tickets off; ssl_session_cache shared:tls:1m;
          ${pair}
          server { listen 127.0.0.1:${tls} ssl http2; server_name ${SHOP};
            add_header Strict-Transport-Security "max-age=63072000" always; return 200 hello; }
          server { listen 127.0.0.1:${plain}; return 301 https://$host/; }
          server { listen 127.0.0.1:${mutual} ssl; ssl_verify_client on; ssl_client_certificate ${openssls.file('root.pem')}; return 200 hello; }
          server { listen 127.0.0.1:${early} ssl; ssl_session_tickets on; ssl_early_data on; return 200 hello; }`,
      });
      stop = nginx.stop;
    });
    afterAll(() => stop());

    it('finds what it has, in about thirty connections', async () => {
      const check = await checkShop(tls, { plainPort: plain });
      expect(supported(check)).toEqual([TLS12, TLS13]);
      expect(check).toMatchObject({
        groups: ok(['x25519', 'secp256r1', 'secp384r1']),
        alpn: ok(['h2', 'http/1.1']),
        withoutName: { value: { kind: 'CERTIFICATE' } },
        resumption: { sessionId: ok(true), ticket: ok(false), psk: ok(true) },
        earlyData: ok(false),
        extendedMasterSecret: ok(true),
        secureRenegotiation: ok(true),
        fallbackScsv: ok(true),
        compression: ok(false),
        clientCertificate: ok('NOT_ASKED'),
        http: {
          overTls: { value: { status: 200, hsts: ['max-age=63072000'], server: expect.stringContaining('nginx') } },
          plain: { value: { status: 301, location: `https://${SHOP}/`, hsts: [] } },
        },
      });
      expect(Object.values(check.tolerates)).toEqual(Array.from({ length: 7 }, () => ok(true)));
      expect(suites(check, TLS12)).toEqual({
        names: expect.arrayContaining([
          'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
          'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
          'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
        ]),
        preference: 'CLIENT',
      });
      expect(check.certificates).toEqual([{ chain: [expect.anything(), expect.anything()], versions: [TLS12, TLS13] }]);
      expect(check.connections).toBeLessThanOrEqual(36);
    });

    it('that demands a client certificate in HTTP is seen to do so', async () => {
      expect((await checkShop(mutual)).clientCertificate).toEqual(ok('REQUIRED'));
    });

    it('that takes early data is seen to do so', async () => {
      expect(await checkShop(early)).toMatchObject({ earlyData: ok(true), resumption: { psk: ok(true), ticket: ok(true) } });
    });
  });

  it('Node with two certificates and a hybrid group shows both, and the handshakes of both versions', async () => {
    const options = {
      key: [ecdsa.keyPem, rsa.keyPem],
      cert: [ecdsa.chainPem, rsa.chainPem],
      ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
    };
    const port = await listeners.listen(createHttps(options, (_, answer) => answer.end('hello')));
    const check = await checkShop(port);
    expect(check.groups).toEqual(ok(['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1']));
    const leaves = [ecdsa, rsa].map(({ leafDer }) => Buffer.from(leafDer).toString('hex'));
    expect(check.certificates.map(({ chain: [leaf] }) => Buffer.from(leaf!).toString('hex')).toSorted()).toEqual(leaves.toSorted());
    const roundTrips = check.handshakes.map(({ session }) => [session?.protocol, session?.roundTrips]);
    expect(Object.fromEntries(roundTrips)).toEqual({ 'TLSv1.3': 1, 'TLSv1.2': 2 });
    expect(check.resumption).toEqual({ sessionId: ok(false), ticket: ok(true), psk: ok(true) });
  });

  describe('openssl s_server', () => {
    it('with all suites that there are is found to have exactly those, in its order', async () => {
      const ciphers = 'ALL:eNULL:@SECLEVEL=0';
      const check = await checkShop(await openssl('-tls1_2', '-serverpref', '-cipher', ciphers));
      const withRsa = (await opensslSuites('tls1_2', ciphers)).filter((name) => !/_ECDSA_|_DSS_|_PSK_|_SRP_/.test(name));
      expect(suites(check, TLS12)).toEqual({ names: withRsa, preference: 'SERVER', finiteFieldBits: 1024 });
      expect(check.tolerates.MANY_SUITES).toEqual(ok(true));
      expect(check.encryptThenMac).toEqual(ok(true));
      expect(check.connections).toBeLessThanOrEqual(150);
    });

    it('of old is spoken to in its version', async () => {
      const check = await checkShop(await openssl('-no_tls1_2', '-no_tls1_3', '-cipher', 'ALL:@SECLEVEL=0'));
      expect(supported(check)).toEqual([TLS10, TLS11]);
      const withRsa = (await opensslSuites('tls1', 'ALL:@SECLEVEL=0')).filter((name) => !/_ECDSA_|_DSS_/.test(name));
      expect(suites(check, TLS10)?.names.toSorted()).toEqual(withRsa.toSorted());
      expect(check.baseline.failure).toMatchObject({ code: 'TLS_ALERT', facts: { alert: 'protocol_version' } });
      expect(check.handshakes).toMatchObject([{ session: { protocol: 'TLSv1.1' } }]);
      expect(check.fallbackScsv).toEqual(ok(true));
    });

    it.each([
      ['a client certificate in TLS 1.3', ['-tls1_3', '-Verify', '1'], { clientCertificate: ok('REQUIRED') }],
      ['a client certificate in TLS 1.2', ['-tls1_2', '-Verify', '1'], { clientCertificate: ok('REQUIRED') }],
      ['a client certificate if there is one', ['-verify', '1'], { clientCertificate: ok('OPTIONAL') }],
      ['session ids', ['-no_ticket', '-tls1_2'], { resumption: { sessionId: ok(true), ticket: ok(false) } }],
      ['groups of its own', ['-groups', 'P-521:X448'], { groups: ok(['secp521r1', 'x448']) }],
      [
        'no suite that a browser has',
        ['-tls1_2', '-cipher', 'DHE-RSA-AES256-SHA256'],
        { baseline: { failure: { code: 'TLS_ALERT' } }, groups: ok([]) },
      ],
    ])('shows that it takes %s', async (_, options, expected) => {
      expect(await checkShop(await openssl(...options))).toMatchObject(expected);
    });

    it('with a key for ECDSA shows the curves that it has in TLS 1.2 alone, beside the one of its key', async () => {
      const check = await checkShop(await openssls.serve('ecdsa', '-www', '-groups', 'X25519:P-256:brainpoolP384r1'));
      expect(supported(check)).toEqual([TLS12, TLS13]);
      expect(check.groups).toEqual(ok(['x25519', 'secp256r1', 'brainpoolP384r1']));
    });

    it('that refuses names that it does not know says so', async () => {
      const files = ['-cert2', openssls.file('ecdsa.pem'), '-key2', openssls.file('ecdsa.key')];
      const check = await checkShop(await openssl('-servername', SHOP, '-servername_fatal', ...files));
      expect(check.wrongName).toEqual(ok({ kind: 'REFUSED', alert: 'unrecognized_name' }));
      expect(check.withoutName).toMatchObject({ value: { kind: 'CERTIFICATE', chain: [rsa.leafDer] } });
    });
  });

  it.each(['smtp', 'imap', 'pop3'] as const)('behind STARTTLS of %s is checked as others are, and not asked for HTTP', async (startTls) => {
    const server = makeMailServer({ protocol: startTls, certificate: rsa.chainPem, key: rsa.keyPem });
    const check = await checkShop(await listeners.listen(server), { startTls });
    expect(supported(check)).toEqual([TLS12, TLS13]);
    expect(check.resumption).toMatchObject({ ticket: ok(true), psk: ok(true) });
    expect(check.certificates).toHaveLength(1);
    expect(check).not.toHaveProperty('http');
    expect(check).not.toHaveProperty('alpn');
  });

  it('that sends early hints is asked for its final answer, in both ways', async () => {
    const hints: http.RequestListener = (_, answer) =>
      answer.writeEarlyHints({ link: '</style.css>; rel=preload' }, () =>
        answer.writeHead(301, { location: `https://${SHOP}/`, 'strict-transport-security': 'max-age=63072000' }).end(),
      );
    const plainPort = await listeners.listen(http.createServer(hints));
    const check = await checkShop(await listeners.listen(createHttps({ key: rsa.keyPem, cert: rsa.chainPem }, hints)), { plainPort });
    const final = { value: { status: 301, location: `https://${SHOP}/`, hsts: ['max-age=63072000'] } };
    expect(check.http).toMatchObject({ overTls: final, plain: final });
  });

  it('of a name with forty addresses says which were left out', async () => {
    const addresses = Array.from({ length: 40 }, (_, i) => `127.0.0.${i + 1}`);
    const dns = await startDns({ [SHOP]: addresses });
    listeners.onStop(() => dns.stop());
    const port = await listeners.listen(createHttps({ key: rsa.keyPem, cert: rsa.chainPem }, (_, answer) => answer.end()));
    const checker = loopbackChecker({ allowed: addresses, dns: [dns.server] });
    const { addresses: checked, leftOut } = await checker.check({ name: SHOP, port, pace: 'OURS' });
    expect(unwrap(checked).map(({ address }) => address)).toEqual(addresses.slice(0, 8));
    expect(leftOut).toEqual(addresses.slice(8));
  });

  it('goes on at no more than four connections at once, politely where it is a stranger, and tells each', async () => {
    let open = 0;
    let most = 0;
    const server = createHttps({ key: rsa.keyPem, cert: rsa.chainPem, minVersion: 'TLSv1.3' }, (_, answer) => answer.end('hello'));
    server.on('connection', (socket) => {
      most = Math.max(most, ++open);
      socket.once('close', () => open--);
    });
    const port = await listeners.listen(server);
    const told: number[] = [];
    const check = await loopbackChecker().check(
      { name: SHOP, address: LOOPBACK, port, pace: 'POLITE' },
      { onProgress: ({ connections }) => void told.push(connections.used) },
    );
    expect(told).toEqual(Array.from({ length: check.connections.used }, (_, i) => i + 1));
    expect(check.connections.budget).toBe(150);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('the pace is ours where the address is, and polite where the name leads to somebody else', () => {
    const request = { pace: 'POLITE', ours: new Set([LOOPBACK]) } as const;
    expect([paceAt(request, LOOPBACK), paceAt(request, ip('192.0.2.1')), paceAt({ pace: 'OURS' }, LOOPBACK)]).toEqual([
      'OURS',
      'POLITE',
      'OURS',
    ]);
  });
});

const supported = ({ versions }: AddressCheck) =>
  versions.flatMap(({ version, supported: answer }) => (answer.ok && answer.value ? [version] : []));
const suites = ({ versions }: AddressCheck, version: number) => {
  const found = versions.find((support) => support.version === version)?.suites;
  return found?.ok ? found.value : undefined;
};
