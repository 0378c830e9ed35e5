import { describe, expect, it } from 'vitest';
import { advanced, isLate, type Advance, type Repair } from '../../../../src/features/repairs/repair.js';
import { hours, instant, plus } from '../../../../src/values/instant.js';
import { problem } from '../../../../src/values/problems/problem.js';

const at = instant(1_800_000_000_000);
const later = plus(at, hours(1));
const repair = {
  id: 'rep_1',
  kind: 'RELOAD',
  state: 'ASKED',
  createdAt: at,
  wakeAt: at,
  problem: problem('SERVER_UNREACHABLE'),
} as unknown as Repair;
const ORDER = { what: 'ORDER', orderId: 'ord_1' } as Extract<Advance, { to: 'WAIT' }>['for'];

describe('a repair', () => {
  it.each<{ name: string; advance: Advance; becomes: object }>([
    { name: 'stays asked for while nothing could be begun', advance: { to: 'WAIT' }, becomes: { state: 'ASKED' } },
    { name: 'runs while it waits for something', advance: { to: 'WAIT', for: ORDER }, becomes: { state: 'RUNNING', orderId: 'ord_1' } },
    { name: 'may try something else', advance: { to: 'WAIT', for: ORDER, as: 'REINSTALL' }, becomes: { kind: 'REINSTALL' } },
    { name: 'is proven', advance: { to: 'PROVEN' }, becomes: { state: 'PROVEN', finishedAt: later } },
    {
      name: 'has failed, and says why',
      advance: { to: 'FAILED', problem: problem('NOT_SERVED') },
      becomes: { state: 'FAILED', problem: { code: 'NOT_SERVED' }, finishedAt: later },
    },
  ])('$name', ({ advance, becomes }) => expect(advanced(repair, advance, later)).toMatchObject(becomes));

  it('is looked at again after a while, and the problem of an earlier try is forgotten', () => {
    const next = advanced(repair, { to: 'WAIT' }, later);
    expect(next.wakeAt).toBeGreaterThan(later);
    expect(next.problem).toBeUndefined();
  });

  it('comes to its end after a day, whatever it waits for', () => {
    expect(isLate(repair, plus(at, hours(25)))).toBe(false);
    expect(isLate(repair, plus(at, hours(27)))).toBe(true);
  });
});
