import { describe, expect, it } from 'vitest';
import { AFTER, blamed, DEPLOYMENT_STATES, isOpen, NEXT_STEP, type Deployment } from '../../../../src/features/deployments/deployment.js';
import type { PlannedChange, PlannedRemoval } from '../../../../src/features/placements/plan.js';
import { problem } from '../../../../src/values/problems/problem.js';

describe('the states of a deployment', () => {
  it('every open state has a step, every step leads to a state, and every way ends', () => {
    for (const state of DEPLOYMENT_STATES) expect(isOpen(state)).toBe(NEXT_STEP[state] !== undefined);
    const end = (state: Deployment['state'], outcomes: ('done' | 'failed')[]): Deployment['state'] => {
      const step = NEXT_STEP[state];
      return step === undefined ? state : end(AFTER[step][outcomes[0] ?? 'done'], outcomes.slice(1));
    };
    expect(end('PLANNED', [])).toBe('SERVED');
    expect(end('PLANNED', ['failed'])).toBe('REFUSED');
    expect(end('PLANNED', ['done', 'failed'])).toBe('UNDONE');
    expect(end('PLANNED', ['done', 'done', 'failed'])).toBe('UNDONE');
    expect(end('PLANNED', ['done', 'done', 'done', 'failed'])).toBe('UNDONE');
    expect(end('PLANNED', ['done', 'done', 'done', 'failed', 'failed'])).toBe('STUCK');
  });

  const [a, b] = ['bnd_a', 'bnd_b'].map((bindingId) => ({ bindingId }) as PlannedChange);
  const gone = { address: '192.0.2.1', port: 443, name: 'gone.example' } as PlannedRemoval;
  const planned = { changes: [a!, b!], removals: [gone] };
  it.each([
    { names: 'a binding', subjects: ['bnd_b'], changes: [b], removals: [] },
    { names: 'the place of a removal', subjects: ['192.0.2.1 443 gone.example'], changes: [], removals: [gone] },
    { names: 'somebody else', subjects: ['bnd_neighbour'], ...planned },
    { names: 'nothing', subjects: [], ...planned },
  ])('where a problem names $names, that is to blame; all, where it names none of them', ({ subjects, changes, removals }) => {
    const sub = subjects.map((subject) => problem('NOT_SERVED', {}, { subject }));
    expect(blamed(planned, problem('NOT_SERVED', {}, { sub }))).toEqual({ changes, removals });
  });
});
