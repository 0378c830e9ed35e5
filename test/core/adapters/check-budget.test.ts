import { describe, expect, it } from 'vitest';
import { firstShare, otherShares, type Share } from '../../../src/adapters/network/probe/check/budget.js';
import { LEAST_CONNECTIONS, MOST_CONNECTIONS } from '../../../src/adapters/network/site-checker.js';

const depths = (shares: readonly Share[]) => shares.map(({ depth }) => depth[0]).join('');

describe('the budget of a check', () => {
  it.each([
    ['one address', 0, 35, ''],
    ['two', 1, 35, 'F'],
    ['two, with two certificates', 1, 40, 'F'],
    ['two, of which the first is not there', 1, 1, 'F'],
    ['two, with a hundred suites', 1, 120, 'B'],
    ['three', 2, 35, 'FF'],
    ['four', 3, 35, 'FFB'],
    ['eight', 7, 35, 'FBBBBBB'],
    ['eight, with two certificates', 7, 40, 'FBBBBBB'],
    ['eight, with sixty questions', 7, 60, 'BBBBBBB'],
  ])('of %s: which others are asked in full', (_, others, used, expected) => {
    expect(firstShare(MOST_CONNECTIONS, others).depth).toBe('FULL');
    expect(depths(otherShares(MOST_CONNECTIONS - used, others, { used }))).toBe(expected);
  });

  it('is never more than there is, and never less than a brief look, for each', () => {
    for (let others = 0; others < 8; others++) {
      const first = firstShare(MOST_CONNECTIONS, others);
      for (let used = 1; used <= first.budget; used++) {
        const shares = otherShares(MOST_CONNECTIONS - used, others, { used });
        expect(shares.reduce((sum, { budget }) => sum + budget, used)).toBeLessThanOrEqual(MOST_CONNECTIONS);
        expect(shares.every(({ budget }) => budget >= LEAST_CONNECTIONS)).toBe(true);
      }
    }
  });

  it('that is hardly there is a brief look', () => expect(firstShare(20, 0)).toEqual({ depth: 'BRIEF', budget: 20 }));
});
