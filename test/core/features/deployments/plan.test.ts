import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../../src/features/bindings/binding.js';
import { AFTER, blamed, DEPLOYMENT_STATES, isOpen, NEXT_STEP, type Deployment } from '../../../../src/features/deployments/deployment.js';
import { MOST_CHANGES, plan } from '../../../../src/features/deployments/plan.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import { instant } from '../../../../src/values/instant.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';
import { problem } from '../../../../src/values/problems/problem.js';

const now = instant(1_790_000_000_000);
const ip = '192.0.2.1' as IpAddress;
const binding = (name: string, more: Partial<Binding> = {}): Binding =>
  ({
    ...{ id: `bnd_${name}`, accountId: 'acc_1', siteId: 'sit_1', serverId: 'srv_1', addressId: 'adr_1' },
    ...{ ip, port: 443, name: name as Hostname, certificateId: 'crt_new' },
    ...more,
  }) as Binding;
const certificates = new Map([['crt_new', { id: 'crt_new' as Binding['certificateId'], fingerprint: 'new', issuerId: 'local-ca' }]]);
const installed = (name: string, ...fingerprints: string[]) => ({ key: { address: ip, port: 443, name: name as Hostname }, fingerprints });

describe('what a server has to change', () => {
  it.each([
    { name: 'nothing, where it shows what it shall', there: [installed('a.example', 'new')], changes: [], removals: 0 },
    { name: 'a binding that it does not have', there: [], changes: [[]], removals: 0 },
    { name: 'a binding that shows an older certificate', there: [installed('a.example', 'old')], changes: [['old']], removals: 0 },
    {
      name: 'a binding that shows an old one beside the new',
      there: [installed('a.example', 'new', 'old')],
      changes: [['new', 'old']],
      removals: 0,
    },
    {
      name: 'a binding that nobody wants any more',
      there: [installed('a.example', 'new'), installed('gone.example', 'x')],
      changes: [],
      removals: 1,
    },
  ])('$name', ({ there, changes, removals }) => {
    const change = plan([binding('a.example')], certificates, there, now);
    expect(change.changes.map(({ from }) => from)).toEqual(changes);
    expect(change.removals).toHaveLength(removals);
  });

  it('a certificate that could not be proven there waits for its time, another one does not', () => {
    const later = instant(now + 1);
    const refused = { certificateId: 'crt_new' as Binding['certificateId'], attempts: 1, retryAt: later };
    expect(plan([binding('a.example', { refused })], certificates, [], now).changes).toHaveLength(0);
    expect(plan([binding('a.example', { refused })], certificates, [], later).changes).toHaveLength(1);
    const other = { ...refused, certificateId: 'crt_old' as Binding['certificateId'] };
    expect(plan([binding('a.example', { refused: other })], certificates, [], now).changes).toHaveLength(1);
  });

  it('what was refused before is tried apart from the rest and in ever smaller groups, at last alone', () => {
    const tried = (name: string, attempts: number) =>
      binding(name, { refused: { certificateId: 'crt_new' as Binding['certificateId'], attempts, retryAt: now } });
    const many = (attempts: number) => Array.from({ length: MOST_CHANGES }, (_, index) => tried(`s${index}.example`, attempts));
    const sizeOf = (bindings: readonly Binding[]) => plan(bindings, certificates, [], now).changes.length;
    expect([0, 1, 2, 3, 4, 9].map((attempts) => sizeOf(many(attempts)))).toEqual([MOST_CHANGES, 50, 13, 4, 1, 1]);
    const mixed = plan([tried('bad.example', 1), binding('fresh.example')], certificates, [], now).changes;
    expect(mixed.map(({ name }) => name)).toEqual(['fresh.example']);
  });

  it('the same name at another port or address is another binding', () => {
    const there = [{ key: { address: ip, port: 8443, name: 'a.example' as Hostname }, fingerprints: ['new'] }];
    const change = plan([binding('a.example')], certificates, there, now);
    expect([change.changes.length, change.removals.length]).toEqual([1, 1]);
  });

  it('a large change is made in parts', () => {
    const many = Array.from({ length: MOST_CHANGES + 1 }, (_, index) => binding(`s${index}.example`));
    expect(plan(many, certificates, [], now).changes).toHaveLength(MOST_CHANGES);
  });
});

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

  it('only the bindings that a problem names are to blame; all, where it names none', () => {
    const changes = plan([binding('a.example'), binding('b.example')], certificates, [], now).changes;
    const deployment = { changes } as Deployment;
    const named = problem('NOT_SERVED', {}, { sub: [problem('NOT_SERVED', {}, { subject: 'bnd_b.example' })] });
    expect(blamed(deployment, named).map(({ name }) => name)).toEqual(['b.example']);
    expect(blamed(deployment, problem('SERVER_DISK_FULL'))).toHaveLength(2);
  });
});
