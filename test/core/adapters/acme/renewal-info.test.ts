import { describe, expect, it } from 'vitest';
import { readRenewalInfo } from '../../../../src/adapters/issuers/acme/renewal-info.js';
import { days, hours, minutes, plus, seconds, since, type Duration, type Instant } from '../../../../src/values/instant.js';

const NOW = Date.parse('2026-11-25T12:00:00Z') as Instant;
const info = (start: string, end: string, more: object = {}) => ({ suggestedWindow: { start, end }, ...more });
const WINDOW = info('2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z');

describe('when to ask again (RFC 9773 4.3)', () => {
  it.each<[string, Duration | undefined, Duration]>([
    ['what the CA says', hours(8), hours(8)],
    ['a minute at least', seconds(5), minutes(1)],
    ['a day at most', days(40), days(1)],
    ['six hours where it says nothing', undefined, hours(6)],
  ])('%s', (_, said, expected) => {
    const advice = readRenewalInfo(WINDOW, said && plus(NOW, said), NOW);
    expect(advice && since(NOW, advice.askAgainAt)).toBe(expected);
  });
});

describe('the window', () => {
  it('is told with its explanation, where that is a web page', () => {
    const told = readRenewalInfo({ ...WINDOW, explanationURL: 'https://ca.test/incident' }, undefined, NOW);
    expect([told?.start, told?.end, told?.explanationUrl]).toEqual([
      Date.parse('2026-12-01T00:00:00Z'),
      Date.parse('2026-12-02T00:00:00Z'),
      'https://ca.test/incident',
    ]);
    expect(readRenewalInfo({ ...WINDOW, explanationURL: 'javascript:alert(1)' }, undefined, NOW)?.explanationUrl).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['that ends before it starts', info('2026-12-02T00:00:00Z', '2026-12-01T00:00:00Z')],
    ['that ends when it starts', info('2026-12-02T00:00:00Z', '2026-12-02T00:00:00Z')],
    ['without an offset', info('2026-12-01T00:00:00', '2026-12-02T00:00:00')],
    ['that is missing', { suggestedWindow: null }],
    ['in a text', 'suggestedWindow'],
    ['in nothing', null],
  ])('%s is none', (_, value) => expect(readRenewalInfo(value, undefined, NOW)).toBeUndefined());
});
