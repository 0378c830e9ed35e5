import { describe, expect, it } from 'vitest';
import { refusalOf, type Deployment } from '../../../../src/features/deployments/deployment.js';
import type { PlannedChange } from '../../../../src/features/placements/plan.js';
import { fromDate } from '../../../../src/values/instant.js';
import { problem, type Problem } from '../../../../src/values/problems/problem.js';

const change = (bindingId: string) => ({ bindingId }) as PlannedChange;
const ended = (cause?: Problem): Deployment =>
  ({
    ...{ id: 'dep_1', serverId: 'srv_1', state: 'UNDONE', changes: [change('bnd_own'), change('bnd_other')], removals: [] },
    createdAt: fromDate(new Date('2026-06-01')),
    ...(cause && { problem: cause }),
  }) as unknown as Deployment;
const noAnswer = (bindingId: string, name: string) =>
  problem('NOT_SERVED', { name, address: '192.0.2.1', port: 443 }, { subject: bindingId });

describe('why a deployment did not serve a binding', () => {
  it('is the part about it, and nothing of another tenant', () => {
    const [other, own] = [noAnswer('bnd_other', 'other.test'), noAnswer('bnd_own', 'own.test')];
    const refusal = refusalOf(ended({ ...other, subject: 'srv_1', sub: [other, own] }), 'bnd_own');
    expect(refusal).toEqual({ code: 'NOT_SERVED', facts: own.facts, sub: [] });
  });

  it('is what befell the whole server, without the parts that name others', () => {
    const cause = problem(
      'NOT_SERVED',
      { name: 'own.test', address: '192.0.2.1', port: 443 },
      { sub: [noAnswer('bnd_third', 'third.test')] },
    );
    expect(refusalOf(ended(cause), 'bnd_own')).toEqual({ code: 'NOT_SERVED', facts: cause.facts, sub: [] });
  });

  it.each([
    problem('SERVER_CONFIG_REFUSED', { server: 'srv_1', detail: 'unknown directive "x" in /etc/nginx/sites-enabled/other.test:3' }),
    problem('SERVER_REFUSED', { server: 'srv_1', detail: 'cannot load certificate "/home/other/other.test.pem"' }),
    problem('SERVER_UNREACHABLE', { server: 'srv_1', detail: '/etc/nginx/other.test cannot be read' }),
    problem('CHANGED_BY_HAND', { server: 'srv_1', path: '/home/other.test', detail: 'it is a link' }),
  ])('is not what a server says of its files and of sites beside ours: $code', (cause) => {
    const refusal = refusalOf(ended(cause), 'bnd_own');
    expect(refusal?.code).toBe(cause.code);
    expect(JSON.stringify(refusal)).not.toMatch(/other|\/etc|\/home/);
  });

  it('is nothing where another binding alone was to blame, or nothing failed', () => {
    const other = noAnswer('bnd_other', 'other.test');
    expect(refusalOf(ended({ ...other, subject: 'srv_1', sub: [other] }), 'bnd_own')).toBeUndefined();
    expect(refusalOf(ended(), 'bnd_own')).toBeUndefined();
  });
});
