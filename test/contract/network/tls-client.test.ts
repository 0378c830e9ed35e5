/** Our TLS client completes handshakes with servers of other making: node:tls and openssl. */
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cipherSuiteName, KNOWN_CIPHER_SUITES } from '../../../src/cores/tls/registry/cipher-suites.js';
import { groupName, KNOWN_GROUPS } from '../../../src/cores/tls/registry/groups.js';
import { signatureSchemeName } from '../../../src/cores/tls/registry/signature-schemes.js';
import { makeCa, type TestCertificate } from '../../support/pki/certificates.js';
import { Listeners } from '../../support/listen.js';
import { OpensslServers } from '../../support/tls/s-server.js';
import { andTickets, talkTo } from '../../support/tls/talk.js';

const shop = 'shop.example.test';
const listeners = new Listeners();
let openssl: OpensslServers;
let certificate: TestCertificate;
beforeAll(async () => {
  openssl = await OpensslServers.make(shop, listeners);
  certificate = await (await makeCa()).issue({ names: [shop] });
  await Promise.all([
    openssl.certify('rsa', 'rsa:2048'),
    openssl.certify('p256', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'),
    openssl.certify('p384', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'),
    openssl.certify('p521', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'),
    openssl.certify('pss', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'),
    openssl.certify('ed25519', 'ed25519'),
    openssl.certify('ed448', 'ed448'),
  ]);
});
afterEach(() => listeners.stop());
afterAll(() => openssl.remove());

const codeOf = (name: string): number => KNOWN_CIPHER_SUITES.find((code) => cipherSuiteName(code) === name) ?? 0;
const groupOf = (name: string): number => KNOWN_GROUPS.find((code) => groupName(code) === name) ?? 0;

/** Answers what it is told. */
const serveNode = (options: tls.TlsOptions): Promise<number> =>
  listeners.listen(
    tls
      .createServer({ cert: certificate.chainPem, key: certificate.keyPem, ...options }, (socket) => {
        socket.on('error', () => {}).on('data', (data) => socket.write(`heard ${String(data)}`));
      })
      .on('tlsClientError', () => {}),
  );
const ANY = '@SECLEVEL=0';
const sayHello = {
  afterwards: { say: Buffer.from('hello'), isEnough: (_: unknown, data: Uint8Array) => data.length >= 11, forMs: 5_000, maxBytes: 100 },
};

describe('our client completes', () => {
  it.each([
    ['-tls1', 0x0301],
    ['-tls1_1', 0x0302],
    ['-tls1_2', 0x0303],
    ['-tls1_3', 0x0304],
  ])('%s, and data goes both ways', async (flag, version) => {
    const port = await openssl.serve('p256', flag, '-rev', '-cipher', `ECDHE:${ANY}`);
    const say = {
      afterwards: { ...sayHello.afterwards, say: Buffer.from('hello\n'), isEnough: (_: unknown, data: Uint8Array) => data.length >= 6 },
    };
    const { seen, data, problem } = await talkTo(port, { versions: [version] }, say);
    expect(problem).toBeUndefined();
    expect(seen).toMatchObject({ serverHello: { version }, finished: true, roundTrips: version === 0x0304 ? 1 : 2 });
    expect(Buffer.from(data).toString()).toBe('olleh\n');
  });

  // Each with and without what changes how keys and records are made (RFC 7366, RFC 7627).
  it.each([[0x0301], [0x0302], [0x0303]])('version %i with every cipher suite that openssl and we have', async (version) => {
    const flag = { 0x0301: '-tls1', 0x0302: '-tls1_1', 0x0303: '-tls1_2' }[version] ?? '';
    const completed = new Set<string>();
    for (const key of ['rsa', 'p256']) {
      const port = await openssl.serve(key, flag, '-cipher', `ALL:COMPLEMENTOFALL:${ANY}`);
      const left = new Set(KNOWN_CIPHER_SUITES);
      for (let turn = 0; ; turn++) {
        const asks = turn % 2 === 0 ? (['ENCRYPT_THEN_MAC', 'EXTENDED_MASTER_SECRET'] as const) : [];
        const { seen } = await talkTo(port, { versions: [version], cipherSuites: [...left], asks: ['RENEGOTIATION_INFO', ...asks] });
        if (seen?.failure?.kind === 'ALERT') break;
        expect(seen).toMatchObject({ finished: true });
        left.delete(seen?.serverHello?.cipherSuite ?? 0);
        completed.add(cipherSuiteName(seen?.serverHello?.cipherSuite ?? 0));
      }
    }
    const kinds = [
      'TLS_RSA_WITH_',
      'TLS_DHE_RSA_WITH_',
      'TLS_ECDHE_RSA_WITH_',
      'TLS_ECDHE_ECDSA_WITH_',
      'TLS_DH_anon_WITH_',
      'TLS_ECDH_anon_WITH_',
    ];
    expect(kinds.filter((kind) => ![...completed].some((name) => name.startsWith(kind)))).toEqual([]);
    const ciphers =
      version === 0x0303
        ? ['AES_128_GCM', 'AES_256_CCM', 'CCM_8', 'CHACHA20', 'ARIA_256_GCM', 'CAMELLIA_128_CBC', 'NULL']
        : ['AES_256_CBC', 'CAMELLIA_256_CBC', 'NULL'];
    expect(ciphers.filter((cipher) => ![...completed].some((name) => name.includes(cipher)))).toEqual([]);
  });

  it.each([
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_CCM_SHA256',
    'TLS_AES_128_CCM_8_SHA256',
  ])('TLS 1.3 with %s', async (suite) => {
    const { seen } = await talkTo(await openssl.serve('p256', '-ciphersuites', suite), { versions: [0x0304] });
    expect(seen).toMatchObject({ serverHello: { cipherSuite: codeOf(suite) }, finished: true });
  });

  it.each([
    ['rsa', 'TLS 1.3', 'rsa_pss_rsae_sha512'],
    ['pss', 'TLS 1.3', 'rsa_pss_pss_sha512'],
    ['p256', 'TLS 1.3', 'ecdsa_secp256r1_sha256'],
    ['p384', 'TLS 1.3', 'ecdsa_secp384r1_sha384'],
    ['p521', 'TLS 1.3', 'ecdsa_secp521r1_sha512'],
    ['ed25519', 'TLS 1.3', 'ed25519'],
    ['ed448', 'TLS 1.3', 'ed448'],
    ['rsa', 'TLS 1.2', 'rsa_pss_rsae_sha512'],
    ['pss', 'TLS 1.2', 'rsa_pss_pss_sha512'],
    ['p384', 'TLS 1.2', 'ecdsa_secp521r1_sha512'],
    ['ed25519', 'TLS 1.2', 'ed25519'],
    ['ed448', 'TLS 1.2', 'ed448'],
  ])('and checks the signature of a key of kind %s in %s', async (key, version, algorithm) => {
    const port = await openssl.serve(key, version === 'TLS 1.3' ? '-tls1_3' : '-tls1_2');
    const { seen } = await talkTo(port, { cipherSuites: [0x1301, 0xc02b, 0xc02f] });
    expect(seen).toMatchObject({ finished: true, keyExchange: { kind: 'ECDHE' } });
    expect(signatureSchemeName(seen?.signature?.algorithm ?? 0)).toBe(algorithm);
  });

  it.each([
    'X25519MLKEM768',
    'SecP256r1MLKEM768',
    'SecP384r1MLKEM1024',
    'MLKEM768',
    'x25519',
    'x448',
    'secp256r1',
    'secp521r1',
    'ffdhe2048',
    'ffdhe3072',
    'brainpoolP384r1tls13',
  ])('TLS 1.3 by %s, with a share at once and when it is asked for one', async (group) => {
    const port = await serveNode({ ecdhCurve: group.replace('secp256r1', 'P-256').replace('secp521r1', 'P-521'), minVersion: 'TLSv1.3' });
    for (const keyShares of [[groupOf(group)], []]) {
      const { seen, data } = await talkTo(port, { versions: [0x0304], groups: [groupOf(group)], keyShares }, sayHello);
      expect(seen).toMatchObject({ finished: true, keyExchange: { group: groupOf(group) }, roundTrips: 2 - keyShares.length });
      expect(seen?.helloRetryRequest).toEqual(keyShares.length > 0 ? undefined : { group: groupOf(group), cookie: false });
      expect(Buffer.from(data).toString()).toBe('heard hello');
    }
  });

  it('a chain of many records', async () => {
    const port = await serveNode({ maxVersion: 'TLSv1.2', cert: Array.from({ length: 40 }, () => certificate.chainPem).join('\n') });
    const { seen } = await talkTo(port);
    expect(seen).toMatchObject({ finished: true });
    expect(seen?.chain).toHaveLength(80);
  });
});

describe('our client', () => {
  it.each([
    ['grease', { grease: true }],
    ['grease that is asked for another key share', { grease: true, keyShares: [] }],
    ['an extension of nobody', { asks: ['UNASSIGNED'] as const }],
    ['a hello of 5,000 bytes', { padTo: 5_000 }],
    ['a hello in records of a single byte', { recordSize: 1 }],
    ['no SNI', { serverName: undefined }],
    ['a version of the future', { versions: [0x0305, 0x0304] }],
    [
      'no extensions but what TLS 1.2 needs',
      { versions: [0x0303], asks: [], alpn: [], groups: [], signatureAlgorithms: [], serverName: undefined },
    ],
    ['DEFLATE', { versions: [0x0303], compressionMethods: [0, 1] }],
  ])('can offer %s', async (_, offer) => {
    const { seen } = await talkTo(await openssl.serve('rsa', '-cipher', `ALL:${ANY}`), offer);
    expect(seen).toMatchObject({ finished: true });
  });

  it.each([[511], [512], [4_000]])('pads its hello to %i bytes', async (padTo) => {
    const { seen } = await talkTo(await openssl.serve('rsa'), {
      padTo,
      keyShares: [],
      cipherSuites: [0x1301],
      signatureAlgorithms: [0x0804],
    });
    expect(seen?.helloLength).toBe(padTo + 5);
  });

  it('says that it fell back, and is refused by a server that could do more', async () => {
    const { seen } = await talkTo(await openssl.serve('rsa'), { versions: [0x0303], fallbackScsv: true });
    expect(seen?.failure).toEqual({ kind: 'ALERT', code: 86 });
  });

  it.each([
    ['SERVER_HELLO', 0x0304],
    ['SERVER_FLIGHT', 0x0304],
    ['SERVER_HELLO', 0x0303],
    ['SERVER_FLIGHT', 0x0303],
  ] as const)('stops where it is told to: %s of version %i', async (until, version) => {
    const { seen, problem } = await talkTo(await openssl.serve('p256'), { versions: [version] }, { until });
    expect({ finished: seen?.finished, failure: seen?.failure, problem }).toEqual({ finished: false });
    expect(seen?.chain !== undefined && seen.signature !== undefined).toBe(until === 'SERVER_FLIGHT');
    expect(seen?.roundTrips).toBe(1);
  });

  it.each([
    ['-verify', 0x0304, { finished: true }],
    ['-verify', 0x0303, { finished: true }],
    ['-Verify', 0x0304, { finished: true, failure: { kind: 'ALERT', code: 116 } }],
    ['-Verify', 0x0303, { finished: false, failure: { kind: 'ALERT', code: 40 } }],
  ])('has no certificate for a server with %s in version %i', async (flag, version, is) => {
    const port = await openssl.serve('p256', flag, '1', '-CAfile', openssl.file('rsa.pem'));
    const { seen } = await talkTo(port, { versions: [version] }, andTickets);
    expect(seen).toMatchObject(is);
    expect(seen?.certificateRequest?.authorities).toHaveLength(1);
    expect(seen?.certificateRequest?.signatureAlgorithms.length).toBeGreaterThan(5);
  });

  it('sees the OCSP response in both versions', async () => {
    const staple = Buffer.from('3003020100', 'hex');
    const server = tls
      .createServer({ cert: certificate.chainPem, key: certificate.keyPem })
      .on('OCSPRequest', (_, __, done) => done(null, staple));
    const port = await listeners.listen(server.on('tlsClientError', () => {}));
    for (const version of [0x0303, 0x0304])
      expect((await talkTo(port, { versions: [version] })).seen?.staple).toEqual(new Uint8Array(staple));
  });
});

describe('our client comes back', () => {
  it.each([
    ['with a session id', ['-no_ticket'], 0x0303, 'SESSION_ID', 1],
    ['with a session id in TLS 1.0', ['-no_ticket'], 0x0301, 'SESSION_ID', 1],
    ['with a ticket', [], 0x0303, 'TICKET', 1],
    ['with a pre-shared key', [], 0x0304, 'PSK', 1],
  ] as const)('%s', async (_, options, version, kind, roundTrips) => {
    const port = await openssl.serve('p256', '-cipher', `DEFAULT:${ANY}`, ...options);
    const first = await talkTo(port, { versions: [version] }, andTickets);
    const [ticket] = first.seen?.tickets ?? [];
    expect(ticket?.resumption.kind).toBe(kind);
    const again = await talkTo(port, { versions: [version], resume: ticket?.resumption }, kind === 'PSK' ? andTickets : {});
    expect(again.seen).toMatchObject({ resumed: true, finished: true, roundTrips });
    expect(again.seen?.chain).toBeUndefined();
  });

  it('with a pre-shared key after a HelloRetryRequest', async () => {
    const port = await openssl.serve('p256');
    const first = await talkTo(port, { versions: [0x0304] }, andTickets);
    const resume = first.seen?.tickets[0]?.resumption;
    expect((await talkTo(port, { versions: [0x0304], resume, keyShares: [] })).seen).toMatchObject({
      resumed: true,
      finished: true,
      roundTrips: 2,
    });
  });

  it.each([
    ['that takes early data', ['-early_data', '-max_early_data', '1000', '-no_anti_replay'], true],
    ['that takes none', [], false],
  ])('and offers early data to a server %s', async (_, options, earlyDataAccepted) => {
    const port = await openssl.serve('p256', ...options);
    const first = await talkTo(port, { versions: [0x0304] }, andTickets);
    const [ticket] = first.seen?.tickets ?? [];
    expect(ticket?.maxEarlyData).toBe(earlyDataAccepted ? 1000 : undefined);
    const { seen } = await talkTo(port, { versions: [0x0304], resume: ticket?.resumption, earlyData: true }, andTickets);
    expect(seen).toMatchObject({ resumed: true, earlyDataAccepted, finished: true });
    expect(seen?.failure).toBeUndefined();
  });

  it('and a server that lost its keys makes a full handshake', async () => {
    const first = await talkTo(await openssl.serve('p256'), { versions: [0x0303] }, andTickets);
    const resume = first.seen?.tickets[0]?.resumption;
    const { seen } = await talkTo(await openssl.serve('p256'), { versions: [0x0303], resume });
    expect(seen).toMatchObject({ resumed: false, finished: true });
  });
});
