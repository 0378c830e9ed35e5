import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sample, type Random } from '../../../src/values/random.js';

/** The same bytes again and again. */
const always = (byte: number): Random => ({ bytes: (length) => new Uint8Array(length).fill(byte) });
const items = Array.from({ length: 20 }, (_, index) => index);

it('a sample has so many of the items, each once; all of them where there are fewer', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), fc.nat(30), fc.integer({ min: 0, max: 255 }), (from, size, byte) => {
      const taken = sample(from, size, always(byte));
      expect(taken).toHaveLength(Math.min(size, from.length));
      expect(new Set(taken).size).toBe(taken.length);
      expect(from).toEqual(expect.arrayContaining([...taken]));
    }),
  );
});

it('which items those are is for the source of randomness to say: the first are not always among them', () => {
  expect(sample(items, 2, always(0))).toEqual([0, 1]);
  expect(sample(items, 2, always(255))).toEqual([19, 0]);
});
