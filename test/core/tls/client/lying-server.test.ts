import fc from 'fast-check';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeClientTools } from '../../../../src/adapters/network/probe/client-tools.js';
import type { ClientOffer } from '../../../../src/cores/tls/client/client-offer.js';
import { TlsClient, type Until } from '../../../../src/cores/tls/client/tls-client.js';
import { concat, uint, vector } from '../../../../src/cores/tls/codec/byte-writer.js';
import { encodeHandshake } from '../../../../src/cores/tls/codec/handshake.js';
import { makeCa } from '../../../support/pki/certificates.js';
import { answer12, answer13, type Identity, record, serverHello } from './scripted-server.js';

const OFFER: ClientOffer = {
  versions: [0x0304, 0x0303],
  cipherSuites: [0x1301, 0xc02b],
  groups: [0x001d, 0x0017],
  keyShares: [0x001d],
  signatureAlgorithms: [0x0403],
  alpn: ['h2'],
  asks: ['RENEGOTIATION_INFO'],
};
const tools = makeClientTools({ random: { bytes: (length) => randomBytes(length) }, reuseKeyShares: true });

let server: Identity;
let stranger: string;
beforeAll(async () => {
  server = await (await makeCa()).issue({ names: ['shop.example.test'] });
  stranger = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  }).privateKey;
});

type Answer = (hello: Uint8Array) => Uint8Array;
function converse(answer: Answer, offer: Partial<ClientOffer> = {}, until: Until = 'FINISHED'): TlsClient {
  const client = new TlsClient({ ...OFFER, ...offer }, tools, until);
  client.receive(answer(client.start()));
  return client;
}
const only12 = { versions: [0x0303] };
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const withBit = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === (at < 0 ? bytes.length + at : at) ? byte ^ 1 : byte));
const ifType = (type: number, change: (message: Uint8Array) => Uint8Array) => (message: Uint8Array) =>
  message[0] === type ? change(message) : message;

describe('a server that tells the truth', () => {
  it('completes TLS 1.3', () =>
    expect(converse((hello) => answer13(hello, server)).seen).toMatchObject({ finished: true, signature: { algorithm: 0x0403 } }));
  it('is seen up to the end of its flight in TLS 1.2', () => {
    const { seen } = converse((hello) => answer12(hello, server), only12, 'SERVER_FLIGHT');
    expect(seen).toMatchObject({ keyExchange: { kind: 'ECDHE', group: 0x1d }, signature: { algorithm: 0x0403 }, certificateRequest: {} });
    expect(seen.failure).toBeUndefined();
  });
});

describe('a server that lies in TLS 1.3', () => {
  it.each<[string, (hello: Uint8Array) => Uint8Array, object]>([
    [
      'has the key of another certificate',
      (hello) => answer13(hello, server, { signWith: stranger }),
      { kind: 'FORGED', what: 'SIGNATURE' },
    ],
    [
      'has another Finished than the handshake',
      (hello) => answer13(hello, server, { message: ifType(20, (message) => withBit(message, -1)) }),
      { kind: 'FORGED', what: 'FINISHED' },
    ],
    ['breaks a record', (hello) => withBit(answer13(hello, server), -1), { kind: 'FORGED', what: 'RECORD' }],
    [
      'leaves out the CertificateVerify',
      (hello) => answer13(hello, server, { message: ifType(15, () => new Uint8Array()) }),
      { kind: 'MALFORMED', detail: 'handshake message 20 came out of turn' },
    ],
    [
      'shows no certificate',
      (hello) => answer13(hello, server, { message: ifType(11, () => encodeHandshake(11, hex('00 000000'))) }),
      { kind: 'MALFORMED', detail: 'Certificate' },
    ],
    [
      'shows what is no certificate',
      (hello) => answer13(hello, server, { message: ifType(11, () => encodeHandshake(11, hex('00 000006 000001 aa 0000'))) }),
      { kind: 'MALFORMED', detail: 'the certificate has no key that can be read' },
    ],
    [
      'answers an extension that nobody asked for',
      (hello) => answer13(hello, server, { message: ifType(8, () => encodeHandshake(8, hex('0004 0023 0000'))) }),
      { kind: 'NOT_OFFERED', what: 'extension 35' },
    ],
    [
      'chooses a protocol that was not offered',
      (hello) => answer13(hello, server, { message: ifType(8, () => encodeHandshake(8, hex('000b 0010 0007 0005 04 73706479'))) }),
      { kind: 'NOT_OFFERED', what: 'protocol spdy' },
    ],
    [
      'signs with an algorithm that was not offered',
      (hello) =>
        answer13(hello, server, { message: ifType(15, (message) => concat(message.subarray(0, 4), uint(2, 0x0503), message.subarray(6))) }),
      { kind: 'NOT_OFFERED', what: 'signature algorithm ecdsa_secp384r1_sha384' },
    ],
    [
      'takes early data that nobody sent',
      (hello) => answer13(hello, server, { message: ifType(8, () => encodeHandshake(8, hex('0004 002a 0000'))) }),
      { kind: 'NOT_OFFERED', what: 'extension 42' },
    ],
    [
      'sends another session id back',
      (hello) => answer13(hello, server, { hello: (message) => withBit(message, 40) }),
      { kind: 'MALFORMED', detail: 'another session id than it was sent' },
    ],
    [
      'chooses a group that has no share',
      (hello) => answer13(hello, server, { hello: (message) => withBit(message, -35) }),
      { kind: 'NOT_OFFERED', what: 'a key share of brainpoolP512r1' },
    ],
  ])('%s', (_, answer, failure) => {
    const client = converse(answer);
    expect(client.seen).toMatchObject({ failure, finished: false });
    expect(client.done).toBe(true);
  });

  it('sends a message behind its ServerHello in one record, where keys change', () => {
    const client = new TlsClient(OFFER, tools, 'FINISHED');
    const sessionId = sessionIdIn(client.start());
    const share = concat(uint(2, 0x1d), vector(2, new Uint8Array(32).fill(9)));
    const hello = serverHello(0x0304, 0x1301, sessionId, [
      [43, uint(2, 0x0304)],
      [51, share],
    ]);
    client.receive(record(22, concat(hello, encodeHandshake(8, vector(2)))));
    expect(client.seen.failure).toEqual({ kind: 'MALFORMED', detail: 'a record across a change of keys' });
  });
});

describe('a server that chooses what it was not offered', () => {
  const hello =
    (version: number, suite: number, extensions: [number, Uint8Array][] = [], random?: Uint8Array) =>
    () =>
      record(22, serverHello(version, suite, new Uint8Array(), extensions, random));
  const random = (end: string): Uint8Array => concat(new Uint8Array(24), hex(end));
  it.each<[string, Answer, object]>([
    ['a version', hello(0x0301, 0xc02b), { kind: 'NOT_OFFERED', what: 'TLS 1.0' }],
    ['a suite', hello(0x0303, 0xc02c), { kind: 'NOT_OFFERED', what: 'cipher suite TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' }],
    ['an extension', hello(0x0303, 0xc02b, [[23, new Uint8Array()]]), { kind: 'NOT_OFFERED', what: 'extension 23' }],
    ['a suite of another version', hello(0x0303, 0x1301), { kind: 'MALFORMED', detail: 'a cipher suite of another version' }],
    [
      'TLS 1.2, and says that it has TLS 1.3',
      hello(0x0303, 0xc02b, [], random('444f574e47524401')),
      { kind: 'MALFORMED', detail: 'a newer version was taken away on the way (downgrade)' },
    ],
    ['a group for a second hello', (hello) => retry(hello, '0033 0002 0018'), { kind: 'NOT_OFFERED', what: 'group secp384r1' }],
    [
      'a key share that it has, for a second hello',
      (hello) => retry(hello, '0033 0002 001d'),
      { kind: 'MALFORMED', detail: 'a HelloRetryRequest for a key share that it has' },
    ],
    [
      'a second hello, twice',
      (hello) => concat(retry(hello, '0033 0002 0017'), retry(hello, '0033 0002 0017')),
      { kind: 'MALFORMED', detail: 'a second HelloRetryRequest' },
    ],
  ])('%s', (_, answer, failure) => expect(converse(answer).seen).toMatchObject({ failure }));

  it('tells what it chose all the same', () => {
    const { seen } = converse(hello(0x0303, 0xc02b), { versions: [0x0304], cipherSuites: [0x1301] });
    expect(seen).toMatchObject({
      serverHello: { version: 0x0303, cipherSuite: 0xc02b },
      failure: { kind: 'NOT_OFFERED', what: 'TLS 1.2' },
    });
  });
  it('a lower version that alone was offered is no attack, and is told', () => {
    const { seen } = converse(hello(0x0303, 0xc02b, [], random('444f574e47524401')), only12, 'SERVER_HELLO');
    expect(seen).toMatchObject({ serverHello: { downgrade: 'TO_TLS12' } });
    expect(seen.failure).toBeUndefined();
  });
});

const RETRY_RANDOM = hex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c');
const sessionIdIn = (hello: Uint8Array): Uint8Array => hello.subarray(44, 76);
function retry(hello: Uint8Array, extension: string): Uint8Array {
  const [type, content] = [hex(extension).subarray(0, 2), hex(extension).subarray(4)];
  return record(
    22,
    serverHello(
      0x0304,
      0x1301,
      sessionIdIn(hello),
      [
        [43, uint(2, 0x0304)],
        [type.readUInt16BE(), content],
      ],
      RETRY_RANDOM,
    ),
  );
}

describe('a server that wastes time', () => {
  const done12 = (hello: Uint8Array): Uint8Array => answer12(hello, server);
  it.each<[string, Uint8Array]>([
    ['warnings without end', concat(...Array.from({ length: 100 }, () => record(21, hex('0170'))))],
    ['empty records without end', concat(...Array.from({ length: 100 }, () => record(22, new Uint8Array())))],
    ['HelloRequests without end', concat(...Array.from({ length: 100 }, () => record(22, hex('00000000'))))],
    ['a message of 16 MiB', record(22, hex('0b ffffff'))],
    ['more than a handshake takes', concat(...Array.from({ length: 40 }, () => record(22, new Uint8Array(16_384))))],
  ])('%s', (_, bytes) => {
    const client = new TlsClient({ ...OFFER, ...only12 }, tools, 'FINISHED');
    client.start();
    client.receive(bytes);
    expect(client.seen.failure?.kind).toMatch(/^(TOO_LONG|MALFORMED)$/);
    expect(client.done).toBe(true);
    expect(client.receive(bytes)).toHaveLength(0);
  });

  it('with one warning before its hello is heard all the same', () => {
    const client = converse((hello) => concat(record(21, hex('0170')), done12(hello)), only12, 'SERVER_FLIGHT');
    expect(client.seen).toMatchObject({ alerts: [{ fatal: false, code: 112 }], signature: { algorithm: 0x0403 } });
    expect(client.seen.failure).toBeUndefined();
  });

  it.each([
    ['a status line', 'HTTP/1.1 400 Bad Request\r\n', { kind: 'PLAIN_HTTP' }],
    ['a greeting', '220 mail.example.test ESMTP\r\n', { kind: 'OTHER_PROTOCOL', greeting: '220 mail.example.test ESMTP' }],
    ['a long greeting', 'x'.repeat(200), { kind: 'OTHER_PROTOCOL', greeting: 'x'.repeat(80) }],
    ['garbage', '\x00\x01\x02\x03\x04\x05', { kind: 'MALFORMED', detail: 'what came is no TLS record' }],
  ])('%s is told for what it is, whole or in pieces', (_, text, failure) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(converse(() => bytes).seen.failure).toEqual(failure);
    const client = new TlsClient(OFFER, tools, 'FINISHED');
    client.start();
    client.receive(bytes.subarray(0, 4));
    client.closedByPeer();
    expect(client.done).toBe(true);
  });
});

describe('whatever a server sends, nothing is thrown, and little is answered', () => {
  const MOST = 2_000;
  const mutation = fc.record({ at: fc.nat(2_000), to: fc.nat(255), cut: fc.option(fc.nat(2_000), { nil: undefined }) });
  const mutate = (bytes: Uint8Array, changes: readonly { at: number; to: number; cut: number | undefined }[]): Uint8Array =>
    changes.reduce((changed, { at, to, cut }) => changed.map((byte, i) => (i === at ? to : byte)).subarray(0, cut), bytes);
  const pieces = (client: TlsClient, bytes: Uint8Array, length: number): number => {
    let answered = 0;
    for (let i = 0; i < bytes.length; i += length) answered += client.receive(bytes.subarray(i, i + length)).length;
    client.closedByPeer();
    return answered + client.takeData().length;
  };

  it('random bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isRecord) => {
        const client = new TlsClient(OFFER, tools, 'FINISHED');
        client.start();
        expect(pieces(client, isRecord ? record(22, bytes) : bytes, 100)).toBeLessThan(MOST);
      }),
      { numRuns: 500 },
    ));

  it('a real flight of TLS 1.2, changed', () =>
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 700 }), (changes, length) => {
        const client = new TlsClient({ ...OFFER, ...only12 }, tools, 'FINISHED');
        expect(pieces(client, mutate(answer12(client.start(), server), changes), length)).toBeLessThan(MOST);
        expect(client.seen.finished).toBe(false);
      }),
      { numRuns: 200 },
    ));

  it('a real flight of TLS 1.3, changed under its keys', () =>
    fc.assert(
      fc.property(fc.constantFrom(8, 11, 15, 20), fc.array(mutation, { minLength: 1, maxLength: 3 }), (type, changes) => {
        const client = new TlsClient(OFFER, tools, 'FINISHED');
        const flight = answer13(client.start(), server, { message: ifType(type, (message) => mutate(message, changes)) });
        expect(pieces(client, flight, 1_000)).toBeLessThan(MOST);
      }),
      { numRuns: 200 },
    ));

  it('random messages under the right keys', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(4, 8, 11, 13, 15, 20, 24), fc.uint8Array({ maxLength: 60 })), { maxLength: 5 }),
        (messages) => {
          const client = new TlsClient(OFFER, tools, 'FINISHED');
          const flight = [encodeHandshake(8, vector(2)), ...messages.map(([type, body]) => encodeHandshake(type, body))];
          expect(pieces(client, answer13(client.start(), server, { flight }), 1_000)).toBeLessThan(MOST);
          expect(client.seen.finished).toBe(false);
        },
      ),
      { numRuns: 200 },
    ));
});
