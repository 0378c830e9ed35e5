import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../../src/features/bindings/binding.js';
import { plan, type Known, type Placement, type Plan } from '../../../../src/features/placements/plan.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import { instant, type Instant } from '../../../../src/values/instant.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';

const MOST = 200;
const now = instant(1_790_000_000_000);
const ip = '192.0.2.1' as IpAddress;
const binding = (name: string, more: Partial<Binding> = {}): Binding =>
  ({
    ...{ id: `bnd_${name}`, accountId: 'acc_1', siteId: 'sit_1', serverId: 'srv_1', addressId: 'adr_1' },
    ...{ ip, port: 443, name: name as Hostname, certificateId: 'crt_new' },
    ...more,
  }) as Binding;
const certificates: Known['certificates'] = new Map(
  [
    { id: 'crt_new', fingerprint: 'new', keyAlgorithm: 'ECDSA_P256' },
    { id: 'crt_rsa', fingerprint: 'rsa', keyAlgorithm: 'RSA_2048' },
  ].map((each) => [each.id, { ...each, id: each.id as Binding['certificateId'], issuerId: 'local-ca' }]),
);
/** Something that a deployment of ours put there. */
const placed = (name: string, more: Partial<Placement> = {}): Placement =>
  ({ address: ip, port: 443, name, accountId: 'acc_1', attempts: 0, ...more }) as Placement;
const installed = (name: string, ...fingerprints: string[]) => ({ key: { address: ip, port: 443, name: name as Hostname }, fingerprints });

const planned = (
  bindings: readonly Binding[],
  known: Known['certificates'],
  placements: readonly Placement[],
  there: Known['installed'],
  at: Instant,
): Plan => plan({ bindings, certificates: known, placements, installed: there }, at, MOST);

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
      name: 'what we put there and nobody wants any more',
      there: [installed('a.example', 'new'), installed('gone.example', 'x')],
      changes: [],
      removals: 1,
    },
    {
      name: 'nothing of what somebody else put there',
      there: [installed('a.example', 'new'), installed('strangers.example', 'x')],
      changes: [],
      removals: 0,
    },
  ])('$name', ({ there, changes, removals }) => {
    const change = planned(
      [binding('a.example')],
      certificates,
      [placed('a.example'), placed('gone.example'), placed('a.example', { port: 8443 })],
      there,
      now,
    );
    expect(change.changes.map(({ from }) => from)).toEqual(changes);
    expect(change.removals).toHaveLength(removals);
  });

  it('a certificate that could not be proven there waits for its time, another one does not', () => {
    const later = instant(now + 1);
    const refused = { certificateId: 'crt_new' as Binding['certificateId'], attempts: 1, retryAt: later };
    expect(planned([binding('a.example', { refused })], certificates, [], [], now).changes).toHaveLength(0);
    expect(planned([binding('a.example', { refused })], certificates, [], [], later).changes).toHaveLength(1);
    const other = { ...refused, certificateId: 'crt_old' as Binding['certificateId'] };
    expect(planned([binding('a.example', { refused: other })], certificates, [], [], now).changes).toHaveLength(1);
  });

  it('what was refused before is tried apart from the rest and in ever smaller groups, at last alone', () => {
    const tried = (name: string, attempts: number) =>
      binding(name, { refused: { certificateId: 'crt_new' as Binding['certificateId'], attempts, retryAt: now } });
    const many = (attempts: number) => Array.from({ length: MOST }, (_, index) => tried(`s${index}.example`, attempts));
    const sizeOf = (bindings: readonly Binding[]) => planned(bindings, certificates, [], [], now).changes.length;
    expect([0, 1, 2, 3, 4, 9].map((attempts) => sizeOf(many(attempts)))).toEqual([MOST, 50, 13, 4, 1, 1]);
    const mixed = planned([tried('bad.example', 1), binding('fresh.example')], certificates, [], [], now).changes;
    expect(mixed.map(({ name }) => name)).toEqual(['fresh.example']);
  });

  it('the same name at another port or address is another binding', () => {
    const there = [{ key: { address: ip, port: 8443, name: 'a.example' as Hostname }, fingerprints: ['new'] }];
    const change = planned(
      [binding('a.example')],
      certificates,
      [placed('a.example'), placed('gone.example'), placed('a.example', { port: 8443 })],
      there,
      now,
    );
    expect([change.changes.length, change.removals.length]).toEqual([1, 1]);
  });

  it('a removal that could not be proven waits for its time, apart from those that were never tried', () => {
    const there = [installed('gone.example', 'x'), installed('left.example', 'y')];
    const removals = (placements: readonly Placement[], at = now) => planned([], certificates, placements, there, at).removals;
    const refused = placed('gone.example', { attempts: 1, retryAt: instant(now + 1) });
    expect(removals([refused])).toEqual([]);
    expect(removals([refused], instant(now + 1))).toEqual([
      { address: ip, port: 443, name: 'gone.example', accountId: 'acc_1', from: ['x'] },
    ]);
    expect(removals([refused, placed('left.example')], instant(now + 1)).map(({ name }) => name)).toEqual(['left.example']);
  });

  it('a large change is made in parts', () => {
    const many = Array.from({ length: MOST + 1 }, (_, index) => binding(`s${index}.example`));
    expect(planned(many, certificates, [], [], now).changes).toHaveLength(MOST);
  });

  it('a pair is there where both are, and only both', () => {
    const pair = [binding('a.example', { companionId: 'crt_rsa' as Binding['certificateId'] })];
    const changesOf = (...there: string[]) => planned(pair, certificates, [], [installed('a.example', ...there)], now).changes;
    expect([changesOf('new', 'rsa'), changesOf('rsa', 'new')]).toEqual([[], []]);
    expect([changesOf('new'), changesOf('rsa', 'old'), changesOf('new', 'rsa', 'old')].map((changes) => changes.length)).toEqual([1, 1, 1]);
    expect(changesOf()[0]).toMatchObject({
      to: 'new',
      keyFamily: 'ECDSA',
      companion: { certificateId: 'crt_rsa', to: 'rsa', keyFamily: 'RSA' },
    });
    // One of them was taken out of the pair: the other is to be there alone.
    expect(planned([binding('a.example')], certificates, [], [installed('a.example', 'new', 'rsa')], now).changes).toHaveLength(1);
  });
});
