import { describe, expect, it } from 'vitest';
import { isReady, LEFT_FOR, leftSince, type Led } from '../../../../src/features/moves/move.js';
import { minutes, plus, type Duration, type Instant } from '../../../../src/values/instant.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';

const now = 1_800_000_000_000 as Instant;
const before = (span: Duration) => plus(now, -span as Duration);

describe('a move is ready', () => {
  const row = (serverId: string, name: string, state: string, wanted?: unknown) => ({ serverId, name, state, wanted });
  it('when all that is shown anywhere is proven there', () => {
    const old = [row('old', 'a', 'CONVERGED', {}), row('old', 'b', 'UNKNOWN')];
    expect(isReady([...old, row('new', 'a', 'CONVERGED', {}), row('new', 'b', 'UNKNOWN')], ['new'])).toBe(true);
    expect(isReady([...old, row('new', 'a', 'LAGGING', {}), row('new', 'b', 'UNKNOWN')], ['new'])).toBe(false);
    expect(isReady([...old, row('new', 'a', 'UNKNOWN'), row('new', 'b', 'UNKNOWN')], ['new'])).toBe(false);
  });
});

describe('the old servers are left', () => {
  const ours = new Set(['192.0.2.1' as IpAddress]);
  const led = (...addresses: (string[] | undefined)[]) => new Map(addresses.map((each, index) => [String(index), each])) as unknown as Led;
  const long = { leftSince: before(LEFT_FOR) };
  it.each([
    { name: 'all names lead to the new one: from now on', led: led(['192.0.2.1']), move: {}, since: now, over: false },
    { name: 'and for long enough', led: led(['192.0.2.1'], ['192.0.2.1']), move: long, since: long.leftSince, over: true },
    {
      name: 'not yet long enough',
      led: led(['192.0.2.1']),
      move: { leftSince: before(minutes(9)) },
      since: before(minutes(9)),
      over: false,
    },
    { name: 'one leads elsewhere too', led: led(['192.0.2.1'], ['192.0.2.1', '192.0.2.2']), move: long, since: undefined, over: false },
    { name: 'one leads nowhere', led: led(['192.0.2.1'], []), move: long, since: undefined, over: false },
    { name: 'one could not be found out', led: led(['192.0.2.1'], undefined), move: long, since: long.leftSince, over: false },
  ])('$name', ({ led: where, move, since, over }) => {
    expect(leftSince(move, where, ours, now)).toEqual({ since, over });
  });
});
