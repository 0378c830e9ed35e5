import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasWholeHead, readHttpAnswer } from '../../../../src/cores/tls/check/http-answer.js';
import { fromDate, instant } from '../../../../src/values/instant.js';
import { ok } from '../../../../src/values/result.js';

const now = instant(1_000);
const read = (text: string) => readHttpAnswer(Buffer.from(text, 'latin1'), 'https://shop.example.test/', now);

describe('an answer of HTTP', () => {
  it('shows what says something about TLS', () => {
    const head = [
      'HTTP/1.1 301 Moved Permanently',
      'Date: Sun, 06 Nov 1994 08:49:37 GMT',
      'strict-transport-security: max-age=1',
      'Strict-Transport-Security:  max-age=2 ',
      'LOCATION: https://shop.example.test/',
      'Server: nginx\u0007',
      'no header at all',
    ].join('\r\n');
    expect(read(`${head}\r\n\r\nStrict-Transport-Security: max-age=3\r\n`)).toEqual(
      ok({
        status: 301,
        location: 'https://shop.example.test/',
        hsts: ['max-age=1', 'max-age=2'],
        date: fromDate(new Date('1994-11-06T08:49:37Z')),
        receivedAt: now,
        server: 'nginx\u{FFFD}',
      }),
    );
  });

  describe('after interim answers', () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nStrict-Transport-Security: max-age=1\r\nLink: </a.css>; rel=preload\r\n\r\n';
    const final = 'HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=2\r\n\r\n';

    it('is the final one, and is not whole before that has come', () => {
      const interim = `HTTP/1.1 100 Continue\r\n\r\n${hints}`;
      expect(hasWholeHead(Buffer.from(interim))).toBe(false);
      expect(hasWholeHead(Buffer.from(interim + final))).toBe(true);
      expect(read(interim + final)).toEqual(ok({ status: 200, hsts: ['max-age=2'], receivedAt: now }));
    });

    it('is none where nothing follows them, or too many come', () => {
      expect(read(hints)).toMatchObject({ problem: { facts: { detail: 'its headers do not end' } } });
      expect(hasWholeHead(Buffer.from(hints.repeat(11)))).toBe(true);
      expect(read(hints.repeat(11) + final)).toMatchObject({ problem: { code: 'HTTP_ANSWER_MALFORMED' } });
    });

    it('is 101 itself: another protocol follows', () => {
      expect(read(`HTTP/1.1 101 Switching Protocols\r\n\r\n${final}`)).toMatchObject({ value: { status: 101 } });
    });
  });

  it.each([
    ['without an end', 'HTTP/1.1 200 OK\r\nServer: x\r\n', 'its headers do not end'],
    ['of another protocol', '220 mail.example.test\r\n\r\n', 'it begins with no status line'],
    ['of nothing', '\r\n\r\n', 'it begins with no status line'],
  ])('%s is none', (_, text, detail) => {
    expect(read(text)).toMatchObject({ problem: { code: 'HTTP_ANSWER_MALFORMED', facts: { detail } } });
  });

  it.each(['Sun, 06 Nov 1994', 'tomorrow', 'Sun, 99 Nov 1994 08:49:37 GMT', ''])('dated %j is not dated', (date) => {
    expect(read(`HTTP/1.0 200\r\nDate: ${date}\r\n\r\n`)).toEqual(ok({ status: 200, hsts: [], receivedAt: now }));
  });

  it('is read whatever it says', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void [hasWholeHead(bytes), readHttpAnswer(bytes, 'x', now)]));
  });
});
