import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId, parseId } from '../../../src/values/id.js';
import { instant } from '../../../src/values/instant.js';

const random = (fill: number) => ({ bytes: (length: number) => new Uint8Array(length).fill(fill) });

describe('ids', () => {
  it('are read back under their own prefix only', () => {
    const id = newId('order', instant(1_790_000_000_000), random(7));
    expect(id).toMatch(/^ord_[0-9a-z]{26}$/);
    expect(parseId('order', id)).toEqual({ ok: true, value: id });
    expect(parseId('site', id)).toMatchObject({ ok: false, problem: { code: 'NOT_AN_ID', facts: { expected: 'sit_…' } } });
  });

  it('sort by the time of their birth', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 46 }), fc.nat({ max: 2 ** 46 }), fc.nat({ max: 255 }), fc.nat({ max: 255 }), (a, b, x, y) => {
        if (a === b) return;
        const [first, second] = [newId('site', instant(a), random(x)), newId('site', instant(b), random(y))];
        expect(first < second).toBe(a < b);
      }),
    );
  });

  it('refuse anything else without a throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(parseId('order', text).ok).toBe(false)));
    for (const text of [
      'ord_',
      'ord_0',
      `ord_${'8'.repeat(26)}`,
      `ORD_${'0'.repeat(26)}`,
      `ord_${'i'.repeat(26)}`,
      `ord_${'0'.repeat(27)}`,
    ]) {
      expect(parseId('order', text).ok).toBe(false);
    }
  });
});
