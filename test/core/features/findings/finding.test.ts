import { describe, expect, it } from 'vitest';
import type { Cause, Diagnosis } from '../../../../src/cores/tls/diagnosis/diagnosis.js';
import { decide } from '../../../../src/features/findings/alarm.js';
import { extentOf, settle, type Finding } from '../../../../src/features/findings/finding.js';
import { problem } from '../../../../src/values/problems/problem.js';
import { err, ok } from '../../../../src/values/result.js';
import { failedAddress, healthyAddress, siteCheck, V4, V6 } from '../../../support/tls/site-check.js';

const diagnosis = (cause: Cause, more: Partial<Diagnosis> = {}): Diagnosis => ({
  ...{ cause, severity: 'BROKEN', whoActs: 'ADMIN', where: [{ address: V4, port: 443 }], evidence: {}, alsoSeen: [] },
  ...more,
});
const open = (key: string): Finding => ({ id: `fnd_${key}`, key, diagnosis: diagnosis('EXPIRED') }) as unknown as Finding;
const keys = ({ opened }: ReturnType<typeof settle>) => opened.map(({ key }) => key);

describe('what a check shows, beside what is known', () => {
  it('is opened where it is new, seen again where it is not, and resolved where it is shown no more', () => {
    const settled = settle([open('EXPIRED'), open('REVOKED')], [diagnosis('EXPIRED'), diagnosis('WEAK_KEY')], 'WHOLE');
    expect(keys(settled)).toEqual(['WEAK_KEY']);
    expect(settled.seenAgain.map(({ id }) => id)).toEqual(['fnd_EXPIRED']);
    expect(settled.resolved).toEqual(['fnd_REVOKED']);
  });

  it('a part of a check ends nothing', () => expect(settle([open('REVOKED')], [], 'PART').resolved).toEqual([]));

  it('the same cause at two addresses is one finding, seen at both', () => {
    const { opened } = settle([], [diagnosis('EXPIRED'), diagnosis('EXPIRED', { where: [{ address: V6, port: 443 }] })], 'WHOLE');
    expect(opened.map((each) => each.diagnosis.where.map(({ address }) => address))).toEqual([[V4, V6]]);
  });

  it('what could not be found out is told apart by what that was', () => {
    const unknown = (what: string) => diagnosis('COULD_NOT_FIND_OUT', { severity: 'UNKNOWN', evidence: { what } });
    expect(keys(settle([], [unknown('ALPN'), unknown('groups'), unknown('ALPN')], 'WHOLE'))).toHaveLength(2);
  });

  it.each([
    { name: 'everybody answered', addresses: ok([healthyAddress([])]), extent: 'WHOLE' },
    { name: 'one address did not', addresses: ok([healthyAddress([]), failedAddress(problem('CONNECTION_REFUSED'))]), extent: 'PART' },
    { name: 'there was no address', addresses: ok([]), extent: 'PART' },
    { name: 'the name leads nowhere', addresses: err(problem('NAME_LOOKUP_FAILED')), extent: 'PART' },
  ])('$name: $extent', ({ addresses, extent }) => expect(extentOf(siteCheck({ addresses }))).toBe(extent));
});

describe('an alarm', () => {
  const broken = { underWay: false, wasFine: true, newlyBroken: [diagnosis('EXPIRED')], broken: true };
  it.each([
    { name: 'is raised where a site that was fine breaks', facts: broken, does: 'raise' },
    { name: 'is not where it never was fine', facts: { ...broken, wasFine: false }, does: 'nothing' },
    { name: 'is not raised for what was broken already', facts: { ...broken, newlyBroken: [] }, does: 'nothing' },
    { name: 'goes on while anything is broken', facts: { ...broken, underWay: true }, does: 'nothing' },
    { name: 'ends when nothing is', facts: { ...broken, underWay: true, newlyBroken: [], broken: false }, does: 'end' },
    { name: 'is not there where all is fine', facts: { ...broken, newlyBroken: [], broken: false }, does: 'nothing' },
  ])('$name', ({ facts, does }) => expect(decide(facts).do).toBe(does));
});
