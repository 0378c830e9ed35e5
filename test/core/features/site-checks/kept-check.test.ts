import { describe, expect, it } from 'vitest';
import { nextDue, stateOf, type KeptCheck } from '../../../../src/features/site-checks/kept-check.js';
import type { Id } from '../../../../src/values/id.js';
import { hours, instant, plus } from '../../../../src/values/instant.js';
import { siteCheck } from '../../../support/tls/site-check.js';

const at = instant(1_800_000_000_000);
const check = (more: Partial<KeptCheck> = {}) => ({ id: 'chk_1', createdAt: at, dueAt: at, ...more }) as KeptCheck;

describe('a check', () => {
  it.each([
    { state: 'WAITING', more: {} },
    { state: 'RUNNING', more: { startedAt: at } },
    { state: 'DONE', more: { startedAt: at, finishedAt: at, found: siteCheck() } },
    { state: 'FAILED', more: { startedAt: at, finishedAt: at } },
  ])('is $state', ({ state, more }) => expect(stateOf(check(more))).toBe(state));

  it('is followed by another a day later, each a little apart from the others', () => {
    const due = Array.from({ length: 200 }, (_, i) => nextDue(check({ id: `chk_${i}` as Id<'check'> })));
    expect(Math.min(...due)).toBeGreaterThanOrEqual(plus(at, hours(21.6)));
    expect(Math.max(...due)).toBeLessThanOrEqual(plus(at, hours(26.4)));
    expect(Math.max(...due) - Math.min(...due)).toBeGreaterThan(hours(4));
    expect(nextDue(check())).toBe(nextDue(check()));
  });
});
