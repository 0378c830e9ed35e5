import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendedKeyUsage, keyUsage } from '../../../src/cores/pki/encoding/certificate-encoding.js';
import { readCrl } from '../../../src/cores/pki/revocation/crl.js';
import { crlStatus } from '../../../src/cores/pki/revocation/crl-status.js';
import { readOcspResponse } from '../../../src/cores/pki/revocation/ocsp-response.js';
import { ocspStatus } from '../../../src/cores/pki/revocation/ocsp-status.js';
import type { RevocationStatus } from '../../../src/cores/pki/revocation/revocation-status.js';
import { days, seconds, type Instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { explicit, hex, implicit, integer, sequence, tlv } from '../../support/pki/der.js';
import { makeAuthority, makeLeaf, newKey, NOW, type Authority } from './certificate-maker.js';
import { extension } from './path-rules/rule-table.js';
import { extensionOf, makeCrl, makeOcspResponse, type CrlShape, type OcspShape } from './revocation-maker.js';

const issuer = makeAuthority('CA');
const POINT = '2.5.29.31';
const pointTo = (url: string) => extension(POINT, false, sequence(sequence(explicit(0, explicit(0, implicit(6, url))))));
const leaf = makeLeaf(issuer, ['shop.example'], { plus: [pointTo('http://ca.example/1.crl')] });
const later = (span: number) => (NOW + span) as Instant;

const told = (status: RevocationStatus): string => (status.kind === 'UNKNOWN' ? status.why : status.kind);
const scope = (...fields: readonly Uint8Array[]) => extensionOf('2.5.29.28', true, sequence(...fields));
const named = (url: string) => explicit(0, explicit(0, implicit(6, url)));

describe('what a list says of a certificate (RFC 5280 5, 6.3.3)', () => {
  type Row = readonly [name: string, expected: string, shape: CrlShape & { readonly by?: Authority }];
  const mute = makeAuthority('CA', undefined, { key: issuer.key, plus: [keyUsage('keyCertSign')] });
  const rows: readonly Row[] = [
    ['an empty one', 'GOOD', {}],
    ['one with others', 'GOOD', { revoked: ['01', '02'] }],
    ['one with it', 'REVOKED', { revoked: ['01', leaf.serial], reason: 1 }],
    ['one that begins now', 'GOOD', { thisUpdate: NOW }],
    ['one of the future', 'the list is of the future', { thisUpdate: later(seconds(1)) }],
    ['one that ends now', 'GOOD', { nextUpdate: NOW }],
    ['one that is too old', 'the list is too old', { nextUpdate: later(-seconds(1)) }],
    ['one that does not end', 'the list does not say until when it holds', { nextUpdate: null }],
    ['one of another issuer', 'the list is from somebody else than the issuer', { by: makeAuthority('Another') }],
    ['one with another key', 'the signature of the list is wrong', { key: newKey() }],
    ['one of another key of the issuer', 'the list is signed with another key of the issuer', { by: makeAuthority('CA') }],
    ['one of version 1', 'the list is not of version 2', { version1: true }],
    ['one without a number', 'the list has no number or does not name its key', { without: ['2.5.29.20'] }],
    ['one that does not name its key', 'the list has no number or does not name its key', { without: ['2.5.29.35'] }],
    [
      'one whose number is critical',
      'the list has a critical extension 2.5.29.20 that is not understood',
      { without: ['2.5.29.20'], plus: [extensionOf('2.5.29.20', true, integer(7))] },
    ],
    ['one with an unknown extension', 'GOOD', { plus: [extensionOf('1.2.3.4', false, hex('0500'))] }],
    [
      'one with an unknown critical extension',
      'the list has a critical extension 1.2.3.4 that is not understood',
      { plus: [extensionOf('1.2.3.4', true, hex('0500'))] },
    ],
    ['one of changes', 'the list names the changes since another one only', { plus: [extensionOf('2.5.29.27', true, integer(1))] }],
    [
      'one with an entry of another issuer',
      'the list has entries that are not understood',
      { revoked: ['01'], entryExtensions: [extensionOf('2.5.29.29', true, sequence(explicit(4, sequence())))] },
    ],
    ['one for the certificates of users', 'GOOD', { plus: [scope(implicit(1, hex('ff')))] }],
    ['one for the certificates of CAs', 'the list is about another kind of certificates', { plus: [scope(implicit(2, hex('ff')))] }],
    ['one for both', 'what the list is about cannot be read', { plus: [scope(implicit(1, hex('ff')), implicit(2, hex('ff')))] }],
    ['one that is indirect', 'the list is indirect, or about some reasons or attributes only', { plus: [scope(implicit(4, hex('ff')))] }],
    ['one for some reasons', 'the list is indirect, or about some reasons or attributes only', { plus: [scope(implicit(3, hex('0640')))] }],
    ['one for the place that it points to', 'GOOD', { plus: [scope(named('http://ca.example/1.crl'))] }],
    ['one for another place', 'the certificate points to another list of its issuer', { plus: [scope(named('http://ca.example/2.crl'))] }],
    [
      'a scope that is not critical',
      'what the list is about cannot be read',
      { plus: [extensionOf('2.5.29.28', false, sequence(implicit(1, hex('ff'))))] },
    ],
    ['a scope that is empty', 'what the list is about cannot be read', { plus: [scope()] }],
  ];
  it.each(rows)('a list: %s: %s', (_, expected, { by = issuer, ...shape }) => {
    expect(told(crlStatus(unwrap(readCrl(makeCrl(by, shape))), leaf, issuer.certificate, NOW))).toBe(expected);
  });

  it('a list of an issuer whose key may not sign lists is not believed', () => {
    expect(told(crlStatus(unwrap(readCrl(makeCrl(mute))), leaf, mute.certificate, NOW))).toBe('the issuer may not sign lists');
  });

  it('when and why are told', () => {
    const crl = unwrap(readCrl(makeCrl(issuer, { revoked: [leaf.serial], reason: 4 })));
    expect(crlStatus(crl, leaf, issuer.certificate, NOW)).toEqual({ kind: 'REVOKED', at: NOW - days(1), reason: 4 });
  });

  it('a list of nothing that is written out is unreadable (5.1.2.6)', () => {
    expect(readCrl(makeCrl(issuer, { emptyList: true }))).toMatchObject({ ok: false, problem: { code: 'CERTIFICATE_UNREADABLE' } });
  });
});

describe('what a staple says of a certificate (RFC 6960)', () => {
  const delegate = (plus = [extendedKeyUsage('1.3.6.1.5.5.7.3.9')], parent = issuer, key = newKey()): Authority => {
    const subjectDer = makeAuthority('Responder').certificate.subjectDer;
    return { key, certificate: makeLeaf(parent, ['ocsp.example'], { key, subjectDer, plus }) };
  };
  const by = (responder: Authority): OcspShape => ({ responder, certificates: [responder.certificate] });
  const stranger = makeAuthority('Stranger');
  const FORGED = 'the response is not signed by the issuer or in its name';
  const rows: readonly (readonly [string, string, OcspShape])[] = [
    ['good', 'GOOD', {}],
    ['good, by the name of the issuer', 'GOOD', { byName: true }],
    ['good, with SHA-256', 'GOOD', { hash: 'sha256' }],
    ['revoked', 'REVOKED', { status: 'REVOKED' }],
    ['unknown', 'the responder does not know the certificate', { status: 'UNKNOWN' }],
    ['about another one', 'the response is about another certificate', { serial: '0badcafe' }],
    ['of the future', 'the response is of the future', { thisUpdate: later(seconds(1)) }],
    ['too old', 'the response is too old', { nextUpdate: later(-seconds(1)) }],
    ['without an end', 'the response does not say until when it holds', { nextUpdate: null }],
    ['of a delegate', 'GOOD', by(delegate())],
    ['of a delegate that is for servers', FORGED, by(delegate([extendedKeyUsage('1.3.6.1.5.5.7.3.1')]))],
    ['of a delegate of another CA', FORGED, by(delegate(undefined, stranger))],
    ['of a delegate that is not sent along', FORGED, { responder: delegate() }],
    ['of a stranger', FORGED, by(stranger)],
    [
      'with a critical extension',
      'the response has a critical extension that is not understood',
      { extensions: [extensionOf('1.2.3.4', true, hex('0500'))] },
    ],
    ['with another extension', 'GOOD', { extensions: [extensionOf('1.2.3.4', false, hex('0500'))] }],
    ['of a responder that cannot', 'the responder says tryLater', { responseStatus: 3 }],
  ];
  it.each(rows)('a staple: %s: %s', (_, expected, shape) => {
    expect(told(ocspStatus(makeOcspResponse(leaf, issuer, shape), leaf, issuer.certificate, NOW))).toBe(expected);
  });
});

describe('bytes of strangers', () => {
  const crl = makeCrl(issuer, { revoked: ['01', '02'], reason: 1, plus: [scope(named('http://ca.example/1.crl'))] });
  const staple = makeOcspResponse(leaf, issuer, { responder: issuer, certificates: [leaf] });
  /** One octet changed, or a piece cut out and put in elsewhere. */
  const mutated = (der: Uint8Array) =>
    fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
        .map(([at, by]) => der.map((octet, i) => (i === at ? octet ^ by : octet))),
      fc
        .tuple(fc.nat(der.length), fc.nat(der.length), fc.nat(der.length))
        .map(
          ([a, b, at]) =>
            new Uint8Array(Buffer.concat([der.subarray(0, at), der.subarray(Math.min(a, b), Math.max(a, b)), der.subarray(at)])),
        ),
    );

  it('no list and no staple make the reading throw, and none that was changed is believed', () => {
    fc.assert(
      fc.property(mutated(crl), (bytes) => {
        if (Buffer.from(bytes).equals(crl)) return;
        const read = readCrl(bytes);
        expect(read.ok ? told(crlStatus(read.value, leaf, issuer.certificate, NOW)) : 'UNREADABLE').not.toBe('GOOD');
      }),
      { numRuns: 1_500 },
    );
    fc.assert(
      fc.property(mutated(staple), (bytes) => {
        readOcspResponse(bytes);
      }),
      { numRuns: 1_500 },
    );
  });

  it('a list of 50,000 entries is read without being held', () => {
    const serials = Array.from({ length: 50_000 }, (_, i) => (i + 0x100000).toString(16));
    const large = unwrap(readCrl(makeCrl(issuer, { revoked: [...serials, leaf.serial] })));
    expect(large.find(leaf.serial)?.serial).toBe(leaf.serial);
    expect(large.find('0badcafe')).toBeUndefined();
  });

  it('more than a list may have is not read', () => {
    expect(readCrl(tlv(0x30, new Uint8Array(10 * 1024 * 1024)))).toMatchObject({ ok: false, problem: { code: 'CERTIFICATE_UNREADABLE' } });
  });
});
