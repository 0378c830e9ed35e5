import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HANDSHAKE_STEPS, type Session } from '../../../src/cores/tls/observation.js';
import { HandshakeTimeline } from '../../../src/cores/tls/timeline.js';

const record = (type: number, fragment: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 3, 3, fragment.length >> 8, fragment.length & 255]), fragment]);
const message = (type: number, hex: string): Buffer => {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 255]), body]);
};
const handshake = (type: number, hex: string): Buffer => record(22, message(type, hex));
const CHANGE_CIPHER_SPEC = record(20, Buffer.of(1));
const RANDOM = '11'.repeat(32);
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
const hello12 = (suite: string) => handshake(2, `0303 ${RANDOM} 00 ${suite} 00`);
const HELLO_13 = handshake(2, `0303 ${RANDOM} 00 1301 00 000e 002b00020304 0033000411ec0000`);
const RETRY = handshake(2, `0303 ${RETRY_RANDOM} 00 1301 00 000c 002b00020304 003300020017`);
const session: Session = { protocol: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', alpn: 'h2', chain: [new Uint8Array(1)] };

function follow(...flights: readonly Buffer[]): HandshakeTimeline {
  const timeline = new HandshakeTimeline();
  timeline.clientHello(1, 'offered');
  flights.forEach((bytes, i) => timeline.received(bytes, 10 * (i + 1)));
  return timeline;
}
const steps = (timeline: HandshakeTimeline) => timeline.steps.map(({ step, afterMs, detail }) => `${afterMs} ${step} ${detail}`);

describe('a handshake seen from outside', () => {
  it('in TLS 1.2 shows each step in clear text, at its own time', () => {
    const timeline = follow(
      hello12('c02f'),
      handshake(11, '000008 000001aa 000001bb'),
      handshake(12, '03 001d 00'),
      handshake(14, ''),
      CHANGE_CIPHER_SPEC,
    );
    timeline.finished(60, session);
    expect(steps(timeline)).toEqual([
      '1 CLIENT_HELLO offered',
      '10 SERVER_HELLO chose TLS 1.2 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      '20 CERTIFICATE sent its certificate and 1 more of the chain',
      '30 KEY_EXCHANGE fresh keys by x25519, forward secrecy',
      '60 FINISHED both sides proved the same keys after 2 round trips, protocol h2',
    ]);
  });

  it('in TLS 1.3 shows certificate and key exchange only once the session stands', () => {
    const timeline = follow(HELLO_13, Buffer.concat([CHANGE_CIPHER_SPEC, record(23, Buffer.alloc(40))]), record(23, Buffer.alloc(90)));
    expect(timeline.lastStep).toBe('SERVER_HELLO');
    timeline.finished(40, session);
    expect(steps(timeline).slice(1)).toEqual([
      '10 SERVER_HELLO chose TLS 1.3 with TLS_AES_128_GCM_SHA256',
      '20 CERTIFICATE sent its certificate alone, without an intermediate',
      '30 KEY_EXCHANGE fresh keys by X25519MLKEM768, forward secrecy, post-quantum',
      '40 FINISHED both sides proved the same keys after 1 round trip, protocol h2',
    ]);
  });

  it('counts a HelloRetryRequest as a round trip more', () => {
    const timeline = follow(
      Buffer.concat([RETRY, CHANGE_CIPHER_SPEC]),
      handshake(2, `0303 ${RANDOM} 00 1301 00 000e 002b00020304 0033000400170000`),
      record(23, Buffer.alloc(9)),
    );
    timeline.finished(40, session);
    expect(steps(timeline)[1]).toContain('after it asked for another key share (HelloRetryRequest)');
    expect(steps(timeline)[4]).toContain('2 round trips');
    expect(timeline.group).toBe('secp256r1');
  });

  it('says that a static RSA key exchange has no forward secrecy, and names no group', () => {
    const timeline = follow(hello12('009c'), handshake(11, '000004 000001aa'), handshake(14, ''));
    expect(steps(timeline)[3]).toBe("30 KEY_EXCHANGE secret sent encrypted to the certificate's key, no forward secrecy");
    expect(timeline.group).toBeUndefined();
  });

  it('takes the p of a finite-field Diffie-Hellman for no curve', () => {
    const timeline = follow(hello12('009e'), handshake(11, '000004 000001aa'), handshake(12, '03 001d 00'));
    expect(steps(timeline)[3]).toContain('finite-field');
    expect(timeline.group).toBeUndefined();
  });

  it('does not grow with what a server repeats', () => {
    expect(follow(hello12('c02f'), hello12('c02f'), hello12('c02f')).steps).toHaveLength(2);
  });

  it.each([
    ['plain HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), true],
    ['an SMTP greeting', Buffer.from('220 mail.example ESMTP\r\n'), false],
    ['application data before any hello', record(23, Buffer.alloc(4)), false],
    ['a hello that is none', handshake(2, '0303'), false],
    ['a certificate before any hello', handshake(11, '000004 000001aa'), false],
    ['a certificate list that is none', Buffer.concat([hello12('c02f'), handshake(11, 'ff')]), false],
  ])('%s is not a handshake', (_, bytes, looksLikeHttp) => {
    const timeline = follow(bytes);
    expect(timeline).toMatchObject({ malformed: true, looksLikeHttp });
  });

  it('never throws, and shows the first of the five steps in their order, whatever a server sends', () => {
    const noise = fc.uint8Array({ maxLength: 400 });
    const framed = fc.tuple(fc.integer({ min: 20, max: 23 }), noise).map(([type, bytes]) => record(type, Buffer.from(bytes)));
    const messages = fc
      .tuple(fc.constantFrom(2, 11, 12, 13, 14), noise)
      .map(([type, bytes]) => handshake(type, Buffer.from(bytes).toString('hex')));
    const real = fc.constantFrom(HELLO_13, RETRY, hello12('c02f'), CHANGE_CIPHER_SPEC, record(21, Buffer.of(2, 40)));
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            noise.map((bytes) => Buffer.from(bytes)),
            framed,
            messages,
            real,
          ),
          { maxLength: 8 },
        ),
        (flights) => {
          const seen = follow(...flights).steps.map(({ step }) => step);
          expect(seen).toEqual(HANDSHAKE_STEPS.slice(0, seen.length));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
