import { describe, expect, it } from 'vitest';
import { convergenceAt, type Known } from '../../../../src/features/health/convergence.js';
import { minutes, plus, type Instant } from '../../../../src/values/instant.js';
import { problem } from '../../../../src/values/problems/problem.js';

const now = 1_800_000_000_000 as Instant;
const ago = (count: number) => plus(now, -minutes(count) as ReturnType<typeof minutes>);
const place = { serverId: 'srv_1', ip: '192.0.2.1', port: 443, name: 'a.example' } as unknown as Parameters<typeof convergenceAt>[0];
const binding: Known['binding'] = { wantedSince: ago(9), shown: { fingerprint: 'old', since: ago(99) } };
const certificate = { serial: '02', fingerprint: 'new' };
const refusal = problem('SERVER_REFUSED', { server: 'srv_1', detail: 'no' });
const closed = problem('CONNECTION_REFUSED', { address: '192.0.2.1', port: 443 });

describe('what a place shows, beside what it shall', () => {
  const cases: { name: string; known: Known; state: string; code?: string }[] = [
    { name: 'nothing is bound yet', known: {}, state: 'UNKNOWN' },
    { name: 'nobody has looked', known: { binding, certificate }, state: 'UNKNOWN' },
    { name: 'the newest look is old', known: { binding, certificate, seen: { at: ago(31), fingerprint: 'new' } }, state: 'UNKNOWN' },
    { name: 'the wanted one', known: { binding, certificate, seen: { at: ago(1), fingerprint: 'new' } }, state: 'CONVERGED' },
    {
      name: 'another one',
      known: { binding, certificate, refusal, seen: { at: ago(1), fingerprint: 'old' } },
      state: 'LAGGING',
      code: 'SERVER_REFUSED',
    },
    {
      name: 'nobody answers',
      known: { binding, certificate, refusal, seen: { at: ago(1), problem: closed } },
      state: 'UNREACHABLE',
      code: 'CONNECTION_REFUSED',
    },
  ];
  it.each(cases)('$name: $state', ({ known, state, code }) => {
    const row = convergenceAt(place, known, (fingerprint) => (fingerprint === 'old' ? '01' : undefined), now);
    expect([row.state, row.problem?.code]).toEqual([state, code]);
    if (known.binding) expect(row).toMatchObject({ wanted: { serial: '02', since: ago(9) }, shown: { serial: '01', since: ago(99) } });
  });
});
