import { describe, expect, it } from 'vitest';
import { advised, askAgainAfter, renewalOf, renewAt, type Advice } from '../../../../src/features/certificates/renewal.js';
import { days, hours, instant, minutes, plus, seconds, type Instant } from '../../../../src/values/instant.js';
import { problem } from '../../../../src/values/problems/problem.js';

const now = instant(Date.parse('2027-01-01T00:00:00Z'));
const life = (n: number) => ({ notBefore: now, notAfter: plus(now, days(n)) });
const window = { start: plus(now, days(50)), end: plus(now, days(52)) };
const advice: Advice = { ...window, renewAt: plus(now, days(51)), checkedAt: now };

describe('when a certificate should be renewed', () => {
  it.each([
    { name: 'a third of 90 days is left', left: 90, start: days(60) },
    { name: 'a third of 10 days is left', left: 10, start: days(20 / 3) },
    { name: 'half of a shorter life is left', left: 6, start: days(3) },
  ])('without advice: when $name', ({ left, start }) => {
    const at = instant(now + start);
    expect(renewalOf(life(left))).toEqual({ start: at, end: life(left).notAfter, renewAt: at, source: 'LIFETIME' });
  });

  it('as its CA advises', () => expect(renewalOf({ ...life(90), advice })).toEqual({ ...advice, source: 'CA' }));

  it('not as its CA advises where that is when it has ended; when it was asked is told', () => {
    const { source, start, checkedAt } = renewalOf({ ...life(50), advice });
    expect([source, start < life(50).notAfter, checkedAt]).toEqual(['LIFETIME', true, now]);
  });
});

describe('the moment in the window that the CA advises', () => {
  it.each([
    { fraction: 0, after: 0 },
    { fraction: 0.5, after: days(1) },
    { fraction: 0.999_999, after: days(2) - 173 },
  ])('$fraction of it', ({ fraction, after }) => expect(renewAt(window, fraction)).toBe(window.start + after));

  it('is picked once, and stays while the window does', () => {
    const first = advised(window, life(90).notAfter, undefined, 0.25, now);
    expect(first.renewAt).toBe(renewAt(window, 0.25));
    const later = plus(now, hours(6));
    expect(advised({ ...window, explanationUrl: 'https://ca.example/' }, life(90).notAfter, first, 0.75, later)).toEqual({
      ...{ ...first, checkedAt: later, explanationUrl: 'https://ca.example/' },
    });
    expect(advised({ ...window, end: plus(window.end, seconds(1)) }, life(90).notAfter, first, 0.75, later).renewAt).toBeGreaterThan(
      first.renewAt,
    );
  });
});

describe('a window that ends after the certificate', () => {
  it('has its moment before that', () => {
    const told = advised(window, plus(window.start, hours(1)), undefined, 0.5, now);
    expect(told).toMatchObject({ ...window, renewAt: plus(window.start, minutes(30)) });
  });

  it('is of no use where it starts after it', () => {
    const { notAfter } = life(49);
    expect(renewalOf({ ...life(49), advice: advised(window, notAfter, undefined, 0.999, now) }).source).toBe('LIFETIME');
  });
});

describe('after a question that came to nothing, the CA is asked again', () => {
  const away = problem('ISSUER_UNREACHABLE');
  const at = (text: Instant) => ({ retryAfter: text });
  it.each([
    { name: 'in a minute, where it is away', cause: away, attempts: 1, after: minutes(1) },
    { name: 'in ever longer pauses', cause: away, attempts: 4, after: minutes(8) },
    { name: 'every six hours at last', cause: away, attempts: 99, after: hours(6) },
    { name: 'when it said', cause: problem('ISSUER_RATE_LIMITED', {}, at(plus(now, days(1)))), attempts: 1, after: days(1) },
    {
      name: 'in six hours, where it answered with nothing of use',
      cause: problem('ISSUER_ANSWER_MALFORMED'),
      attempts: 1,
      after: hours(6),
    },
  ])('$name', ({ cause, attempts, after }) => expect(askAgainAfter(cause, attempts, now)).toBe(plus(now, after)));
});
