import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificateEntries, parseCertificateList } from '../../../src/cores/tls/codec/certificate-list.js';
import { HandshakeReader } from '../../../src/cores/tls/codec/handshake.js';
import { RecordReader } from '../../../src/cores/tls/codec/record.js';
import { parseServerHello } from '../../../src/cores/tls/codec/server-hello.js';
import { parseServerKeyExchange } from '../../../src/cores/tls/codec/server-key-exchange.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const RANDOM = '11'.repeat(32);
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

describe('records', () => {
  it('come out whole, whatever pieces they arrive in', () => {
    const record = fc.record({ type: fc.integer({ min: 20, max: 23 }), fragment: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (records, pieceLength) => {
        const wire = Buffer.concat(
          records.map(({ type, fragment }) => Buffer.from([type, 3, 3, fragment.length >> 8, fragment.length & 255, ...fragment])),
        );
        const reader = new RecordReader();
        const seen = [];
        for (let i = 0; i < wire.length; i += pieceLength) seen.push(...reader.push(wire.subarray(i, i + pieceLength)));
        expect(seen.map(({ type, fragment }) => ({ type, fragment: [...fragment] }))).toEqual(
          records.map(({ type, fragment }) => ({ type, fragment: [...fragment] })),
        );
        expect(reader.broken).toBe(false);
      }),
    );
  });

  it.each([
    ['plain HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n').toString('hex')],
    ['an SSH greeting', Buffer.from('SSH-2.0-OpenSSH').toString('hex')],
    ['a type that does not exist', '18 03 03 0000'],
    ['SSL 2.0', '16 02 00 0000'],
    ['a fragment above the limit', '16 03 03 ffff'],
  ])('%s breaks the stream, and nothing more is read', (_, bytes) => {
    const reader = new RecordReader();
    expect(reader.push(hex(bytes))).toEqual([]);
    expect(reader.push(hex('16 03 03 0001 00'))).toEqual([]);
    expect(reader.broken).toBe(true);
  });
});

describe('handshake messages', () => {
  it('are put together over records, and several share one', () => {
    const reader = new HandshakeReader();
    expect(reader.push(hex('02 0000'))).toEqual([]);
    expect(reader.push(hex('03 aabb'))).toEqual([]);
    const messages = reader.push(hex('cc 0e 000000 0b 000001 00'));
    expect(messages.map(({ type, body }) => [type, Buffer.from(body).toString('hex')])).toEqual([
      [2, 'aabbcc'],
      [14, ''],
      [11, '00'],
    ]);
  });

  it('of 16 MiB are refused at their header, before anything is held for them', () => {
    const reader = new HandshakeReader();
    reader.push(hex('0b ffffff'));
    expect(reader.broken).toBe(true);
  });
});

describe('ServerHello', () => {
  it.each([
    {
      name: 'TLS 1.3 with its key share',
      body: `0303 ${RANDOM} 00 1301 00 000e 002b00020304 00330004001d0000`,
      is: { version: 0x0304, cipherSuite: 0x1301, keyShare: { group: 0x001d }, helloRetryRequest: false },
    },
    {
      name: 'a HelloRetryRequest and the group that it asks for',
      body: `0303 ${RETRY_RANDOM} 00 1302 00 000c 002b00020304 003300020017`,
      is: { version: 0x0304, cipherSuite: 0x1302, keyShare: { group: 0x0017 }, helloRetryRequest: true },
    },
    {
      name: 'TLS 1.2 without extensions',
      body: `0303 ${RANDOM} 02aabb c02f 00`,
      is: { version: 0x0303, cipherSuite: 0xc02f, helloRetryRequest: false },
    },
  ])('reads $name', ({ body, is }) => expect(parseServerHello(hex(body))).toMatchObject(is));

  it.each([
    ['an empty one', ''],
    ['one cut in the random', '0303 1111'],
    ['a session id that is longer than the message', `0303 ${RANDOM} ff`],
    ['an extension that is longer than its list', `0303 ${RANDOM} 00 1301 00 0004 002b00ff`],
    ['a supported_versions without a version', `0303 ${RANDOM} 00 1301 00 0004 002b0000`],
  ])('does not take %s for one', (_, body) => expect(parseServerHello(hex(body))).toBeUndefined());
});

describe('the rest of a TLS 1.2 flight', () => {
  it('gives the certificates in the order they were sent', () =>
    expect(parseCertificateList(hex('000009 000001aa 000002bbcc'))?.map((der) => der.length)).toEqual([1, 2]));
  it.each(['', '000009 000001aa', '000004 000005aa', '000001 00', '000004 000001aa 00'])('%s is no certificate list', (body) =>
    expect(parseCertificateList(hex(body))).toBeUndefined(),
  );
  it.each([
    [256, true],
    [257, false],
  ])('a chain of %i is read: %s', (count, isRead) => {
    const list = (entry: string) => {
      const entries = entry.repeat(count);
      return `${(entries.length / 2).toString(16).padStart(6, '0')}${entries}`;
    };
    expect(parseCertificateList(hex(list('000001aa'))) !== undefined).toBe(isRead);
    expect(parseCertificateEntries(hex(`00${list('000001aa0000')}`)) !== undefined).toBe(isRead);
  });
  const ecdhe = { kind: 'ECDHE', anonymous: false, version: 0x0303 } as const;
  it('gives the named curve, the share and what is signed', () =>
    expect(parseServerKeyExchange(hex('03 0017 02 04aa 0403 0001 55'), ecdhe)).toEqual({
      share: { kind: 'ECDHE', group: 0x17, share: hex('04aa') },
      parameters: hex('03 0017 02 04aa'),
      signature: { algorithm: 0x0403, value: hex('55') },
    }));
  it.each(['', '03', '01 0017 02 04aa 0403 0001 55', '03 0017 02 04aa', '03 0017 02 04aa 0403 0001 55 00'])('%s names no curve', (body) =>
    expect(parseServerKeyExchange(hex(body), ecdhe)).toBeUndefined(),
  );
});

it('no bytes make a parser throw, or answer with more than it was given', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      parseServerHello(bytes);
      parseServerKeyExchange(bytes, { kind: 'ECDHE', anonymous: false, version: 0x0303 });
      const held = parseCertificateList(bytes)?.reduce((sum, der) => sum + der.length, 0) ?? 0;
      const records = new RecordReader().push(bytes).reduce((sum, { fragment }) => sum + fragment.length, 0);
      const messages = new HandshakeReader().push(bytes).reduce((sum, { body }) => sum + body.length, 0);
      expect(Math.max(held, records, messages)).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2_000 },
  );
});
