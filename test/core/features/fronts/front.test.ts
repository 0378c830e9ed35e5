import { describe, expect, it } from 'vitest';
import { decide, LAGS_FOR, unprovenOf, type Member } from '../../../../src/features/fronts/front.js';
import { hours, minutes, plus, type Duration, type Instant } from '../../../../src/values/instant.js';

const now = 1_800_000_000_000 as Instant;
const before = (span: Duration) => plus(now, -span as Duration);
const member = (id: string, unproven: readonly string[] | undefined, lag?: Member['lag']): Member =>
  ({ serverId: id, ...(unproven && { unproven: new Set(unproven) }), ...(lag && { lag }) }) as Member;
const steps = (...members: Member[]) => decide(members, now).map((step) => `${step.do} ${step.serverId}`);
const since = { since: before(LAGS_FOR) };
const out = { ...since, takenOutAt: now };

describe('who gets no visitors', () => {
  it('is noted at first, and out when it lasts', () => {
    expect(steps(member('a', []), member('b', ['x']))).toEqual(['note b']);
    expect(steps(member('a', []), member('b', ['x'], { since: before(minutes(4)) }))).toEqual([]);
    expect(steps(member('a', []), member('b', ['x'], since))).toEqual(['takeOut b']);
    expect(steps(member('a', []), member('b', [], out))).toEqual(['putBack b']);
  });

  it('is nobody for what is wrong everywhere, and never the last', () => {
    expect(steps(member('a', ['x']), member('b', ['x'], since))).toEqual(['putBack b']);
    expect(steps(member('a', ['x'], since))).toEqual(['putBack a']);
    expect(steps(member('a', ['x'], since), member('b', ['x', 'y'], since))).toEqual(['putBack a', 'takeOut b']);
    expect(steps(member('a', ['x'], since), member('b', ['y'], since))).toEqual(['putBack a', 'putBack b']);
    expect(steps(member('a', [], out), member('b', ['x'], since))).toEqual(['putBack a', 'putBack b']);
  });

  it('is nobody upon a guess', () => {
    expect(steps(member('a', undefined), member('b', ['x'], since), member('c', undefined, out))).toEqual(['putBack b']);
    const looked = (at: Instant) => [{ name: 'x', outcome: { at, proven: true } }, { name: 'y' }];
    expect(unprovenOf(looked(now), now)).toEqual(new Set(['y']));
    expect(unprovenOf(looked(before(hours(1))), now)).toBeUndefined();
  });
});
