/** What is told from the signed certificate timestamps that come with a certificate, in the three ways that they come in. */
import { OctetString } from '@peculiar/asn1-schema';
import { Extension } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTimestampList } from '../../../../src/cores/tls/timestamps/timestamp-list.js';
import type { Diagnosis } from '../../../../src/cores/tls/diagnosis/diagnosis.js';
import { days, hours, minutes } from '../../../../src/values/instant.js';
import { inExtension, serialized, timestampList, type TestTimestamp } from '../../../support/pki/timestamps.js';
import { vector } from '../../../simulators/tls-server/writer.js';
import { healthyAddress } from '../../../support/tls/site-check.js';
import { makeLeaf, type Changes } from '../../pki/certificate-maker.js';
import { extensionOf, makeOcspResponse } from '../../pki/revocation-maker.js';
import { chainOf, evidence, good, intermediate, later, root } from './shop.js';
import { diagnosed } from './told.js';

const of = (log: string, span = hours(-2) as number): TestTimestamp => ({ log, at: new Date(later(span)) });
const [argon, xenon, oak] = [of('argon'), of('xenon'), of('oak')];
/** One byte in it is changed. */
const changed = (list: Uint8Array, at: number, to: number): Uint8Array => Uint8Array.from(list, (byte, i) => (i === at ? to : byte));

const leafWith = (list: Uint8Array, changes: Changes = {}) =>
  makeLeaf(intermediate, ['shop.example'], {
    plus: [new Extension({ extnID: '1.3.6.1.4.1.11129.2.4.2', extnValue: new OctetString(inExtension(list)) })],
    ...changes,
  });

type Ways = {
  readonly embedded?: Uint8Array;
  readonly inHandshake?: Uint8Array;
  readonly stapled?: Uint8Array;
  readonly changes?: Changes;
};
/** Of a site whose certificate is of a public CA. */
function told({ embedded, inHandshake, stapled, changes }: Ways): readonly Diagnosis[] {
  const leaf = embedded ? leafWith(embedded, changes) : good;
  const place = healthyAddress(chainOf(leaf));
  const staple =
    stapled &&
    makeOcspResponse(leaf, intermediate, { singleExtensions: [extensionOf('1.3.6.1.4.1.11129.2.4.5', false, inExtension(stapled))] });
  const shown = { ...place.certificates[0]!, ...(inHandshake && { timestamps: inHandshake }), ...(staple && { staple }) };
  return diagnosed(evidence([{ ...place, certificates: [shown] }], { publicRoots: new Set([root.certificate.fingerprint]) }));
}

describe('a certificate of a public CA is logged', () => {
  it.each<readonly [string, Ways]>([
    ['two logs in the certificate', { embedded: timestampList(argon, xenon) }],
    ['two in the handshake', { inHandshake: timestampList(argon, xenon) }],
    ['two in the staple', { stapled: timestampList(argon, xenon) }],
    ['one in the certificate, another in the handshake', { embedded: timestampList(argon), inHandshake: timestampList(xenon) }],
    [
      'three, for a certificate of a year',
      { embedded: timestampList(argon, xenon, oak), changes: { notBefore: later(days(-1)), notAfter: later(days(364)) } },
    ],
    ['one that a minute of our clock makes one to come', { embedded: timestampList(argon, of('xenon', minutes(1))) }],
    [
      'two beside one of a version that nobody knows',
      { embedded: vector(2, ...[argon, xenon].map((one) => vector(2, serialized(one))), vector(2, Buffer.of(9, 9))) },
    ],
  ])('by %s', (_, ways) => expect(told(ways)).toEqual([]));
});

describe('a certificate of a public CA is not logged enough', () => {
  it.each<readonly [string, Ways, object[]]>([
    ['without any', {}, [{ cause: 'NOT_LOGGED', evidence: { logs: 0, needed: 2 } }]],
    ['with one log', { embedded: timestampList(argon) }, [{ cause: 'NOT_LOGGED', evidence: { logs: 1, needed: 2 } }]],
    [
      'with one log twice, which is told',
      { embedded: timestampList(argon, of('argon', hours(-1))) },
      [
        { cause: 'NOT_LOGGED', evidence: { logs: 1 } },
        { cause: 'TIMESTAMPS_WRONG', severity: 'NOTE' },
      ],
    ],
    [
      'with two for a year',
      { embedded: timestampList(argon, xenon), changes: { notBefore: later(days(-1)), notAfter: later(days(364)) } },
      [{ cause: 'NOT_LOGGED', evidence: { logs: 2, needed: 3 } }],
    ],
    [
      'with one that is still to come',
      { embedded: timestampList(argon, of('xenon', days(2))) },
      [
        { cause: 'NOT_LOGGED', evidence: { logs: 1 } },
        { cause: 'TIMESTAMPS_WRONG', severity: 'WEAK', whoActs: 'CA', evidence: { at: '2026-11-26T12:00:00.000Z' } },
      ],
    ],
    [
      'with a staple about another certificate',
      { stapled: new Uint8Array(), embedded: timestampList(argon) },
      [{ cause: 'NOT_LOGGED' }, { cause: 'TIMESTAMPS_WRONG', whoActs: 'CA' }],
    ],
  ])('%s', (_, ways, is) => expect(told(ways)).toMatchObject(is));
});

describe('a list that is malformed is told, and counts for nothing', () => {
  const list = timestampList(argon, xenon);
  it.each<readonly [string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'its length is not that of the list'],
    ['a byte too many', Buffer.concat([list, Buffer.of(0)]), 'its length is not that of the list'],
    ['a byte too few', list.subarray(0, -1), 'its length is not that of the list'],
    ['an empty list', vector(2), 'the list is empty'],
    ['an empty timestamp', vector(2, vector(2)), 'a timestamp is empty'],
    ['a timestamp cut short', vector(2, Buffer.from([0, 9, 0])), 'a timestamp is cut short'],
    [
      'a timestamp shorter than its parts',
      vector(2, vector(2, serialized(argon).subarray(0, -1))),
      'a timestamp has not the length of its parts',
    ],
    [
      'a timestamp longer than its parts',
      vector(2, vector(2, serialized(argon), Buffer.of(0))),
      'a timestamp has not the length of its parts',
    ],
    ['SHA-1', changed(list, 2 + 2 + 43, 2), 'a timestamp is signed in a way that no log uses'],
    ['DSA', changed(list, 2 + 2 + 44, 2), 'a timestamp is signed in a way that no log uses'],
    ['a time beyond all times', changed(list, 2 + 2 + 33, 255), 'a timestamp is of no time that there is'],
  ])('%s', (_, malformed, detail) => {
    const is = { cause: 'TIMESTAMPS_WRONG', severity: 'WEAK', evidence: { detail: `the list is malformed (${detail})` } };
    expect(told({ embedded: malformed, inHandshake: timestampList(argon, xenon) })).toMatchObject([{ ...is, whoActs: 'CA' }]);
    expect(told({ inHandshake: malformed, embedded: timestampList(argon, xenon) })).toMatchObject([{ ...is, whoActs: 'ADMIN' }]);
  });

  it('whatever it says, it is read', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readTimestampList(bytes)));
  });
});
