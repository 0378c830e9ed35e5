import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { days, daysUntil, hours, instant, parseInstant, plus, toIso } from '../../../src/values/instant.js';
import { isGlobalUnicast, parseIpAddress, type IpAddress } from '../../../src/values/ip-address.js';
import { parseLabel } from '../../../src/values/label.js';
import { money, parseCurrency, toAmount } from '../../../src/values/money.js';
import { encodeCursor, parsePage } from '../../../src/values/page.js';
import { parsePem, toPem } from '../../../src/values/pem.js';
import { problem } from '../../../src/values/problems/problem.js';

describe('money', () => {
  it.each([
    [1250n, 'EUR', '12.50'],
    [5n, 'USD', '0.05'],
    [0n, 'USD', '0.00'],
    [-5n, 'USD', '-0.05'],
    [800n, 'JPY', '800'],
    [9_007_199_254_740_993n, 'USD', '90071992547409.93'],
  ] as const)('%s minor units of %s are %s', (minor, currency, amount) => {
    expect(toAmount(money(minor, currency))).toBe(amount);
  });

  it('knows its currencies, and no inherited property for one', () => {
    expect(parseCurrency('EUR').ok).toBe(true);
    for (const text of ['eur', 'XXX', '', 'toString', '__proto__'])
      expect(parseCurrency(text)).toMatchObject({ problem: { code: 'UNKNOWN_CURRENCY' } });
  });
});

describe('IP addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('%s is %s', (text, normal) => expect(parseIpAddress(text)).toEqual({ ok: true, value: normal }));

  it.each(['0x7f.1', '2130706433', '127.1', '192.0.2.256', '192.0.2.01', 'fe80::1%eth0', '', '::ffff:0x7f', 'localhost'])(
    '%s is refused',
    (text) => {
      expect(parseIpAddress(text)).toMatchObject({ ok: false, problem: { code: 'NOT_AN_IP_ADDRESS' } });
    },
  );

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '::', '::1', 'fc00::1', 'fe80::1', 'ff02::1'])(
    '%s is no public address',
    (text) => {
      expect(isGlobalUnicast(text as IpAddress)).toBe(false);
    },
  );
});

describe('times', () => {
  it('are RFC 3339 with an offset', () => {
    const read = parseInstant('2027-01-31T01:00:00+01:00');
    expect(read.ok && toIso(read.value)).toBe('2027-01-31T00:00:00.000Z');
    for (const text of [
      '2027-01-31',
      '2027-01-31T00:00:00',
      '2027-02-30T25:00:00Z',
      '2027-02-30T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
      'tomorrow',
      '',
      '1790000000',
    ]) {
      expect(parseInstant(text)).toMatchObject({ problem: { code: 'NOT_AN_INSTANT' } });
    }
  });
});

it('a problem holds what a database takes, whatever strangers say', () => {
  expect(problem('TLS_PROTOCOL_ERROR', { detail: 'a\0b\ud83d', port: 443 }, { subject: 'a\0' })).toEqual({
    code: 'TLS_PROTOCOL_ERROR',
    facts: { detail: 'a\ufffdb\ufffd', port: 443 },
    subject: 'a\ufffd',
    sub: [],
  });
});

describe('labels', () => {
  it.each(['', ' ', 'a\nb', 'a\0', 'a\u202eb', 'x'.repeat(101), '\ud800'])('%j is refused', (text) => {
    expect(parseLabel(text)).toMatchObject({ problem: { code: 'NOT_A_LABEL' } });
  });
  it('keep what people write', () => expect(parseLabel(' Müller & Söhne 🚀 ')).toEqual({ ok: true, value: 'Müller & Söhne 🚀' }));
});

describe('pages', () => {
  const ORDER = 'ord_01kh2a0000000000000000000z';
  it('give back the cursor that they gave', () => {
    expect(parsePage('order', { first: 5, after: encodeCursor(ORDER) })).toEqual({ ok: true, value: { first: 5, after: ORDER } });
  });
  it('refuse the cursor of another list', () => {
    const after = encodeCursor('sit_01kh2a0000000000000000000z');
    expect(parsePage('order', { first: 5, after })).toMatchObject({ problem: { code: 'NOT_A_CURSOR', subject: 'after' } });
  });
  it('refuse other sizes and cursors', () => {
    expect(parsePage('order', { first: 0 })).toMatchObject({ problem: { code: 'TOO_FEW', subject: 'first' } });
    expect(parsePage('order', { first: 101 })).toMatchObject({ problem: { code: 'TOO_MANY', subject: 'first' } });
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        (after) => void expect(parsePage('order', { first: 1, after })).toMatchObject({ problem: { code: 'NOT_A_CURSOR' } }),
      ),
    );
  });
});

describe('PEM', () => {
  it('is read back', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        (der) => void expect(parsePem('CERTIFICATE', toPem('CERTIFICATE', der))).toEqual({ ok: true, value: [der] }),
      ),
    );
  });
  it('is refused where there is none, or too much of it', () => {
    expect(parsePem('CERTIFICATE', 'hello')).toMatchObject({ problem: { code: 'NOT_PEM', facts: { label: 'CERTIFICATE' } } });
    expect(parsePem('CERTIFICATE', 'a'.repeat(70_000))).toMatchObject({ problem: { code: 'TOO_LARGE' } });
  });
});

it('days until a time count down through zero', () => {
  const notAfter = instant(Date.UTC(2027, 0, 31));
  const at = [plus(notAfter, days(-90)), plus(notAfter, hours(-12)), notAfter, plus(notAfter, days(1))];
  expect(at.map((now) => daysUntil(notAfter, now))).toEqual([90, 0.5, 0, -1]);
});
