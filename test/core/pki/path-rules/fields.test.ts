import { describe } from 'vitest';
import { oid, explicit, hex, implicit, integer, sequence, tlv } from '../../../support/pki/der.js';
import { subjectAltName } from '../../../../src/cores/pki/encoding/certificate-encoding.js';
import { days, seconds, type Instant } from '../../../../src/values/instant.js';
import { makeAuthority, makeLeaf, newKey, NOW, withBrokenSignature } from '../certificate-maker.js';
import { extension, HOST, intermediate, itRules, ofIntermediate, ofLeaf, ofRoot, request, root } from './rule-table.js';

const at = (index: number, field: Uint8Array) => (fields: Uint8Array[]) => fields.map((old, i) => (i === index ? field : old));
const SERIAL = 1;
const VALIDITY = 4;
const validity = (notBefore: Uint8Array, notAfter: Uint8Array) => at(VALIDITY, sequence(notBefore, notAfter));
const utc = (text: string) => tlv(0x17, text);
const generalized = (text: string) => tlv(0x18, text);
const later = (span: number) => (NOW + span) as Instant;
const DATES = 'its dates are not written as RFC 5280 asks';
const UNKNOWN_CRITICAL = 'the critical extension 1.2.3.4 is not understood';
const NOT_DER = 'it is not written in the one way that DER allows';

describe('the fields of certificates', () => {
  itRules([
    ['a chain in which nothing is wrong', 'OK', ofLeaf({})],
    // RFC 5280 4.1.2.1, 4.1.2.8
    ['version 1, without extensions', 'CERTIFICATE_NAME_MISMATCH', ofLeaf({ rewrite: (fields) => fields.slice(1, -1) })],
    ['version 2', 'it is of version 2, not 3', ofLeaf({ rewrite: at(0, explicit(0, integer(1))) })],
    ['a CA of version 1', 'it signed a certificate and is no CA', ofIntermediate({ rewrite: (fields) => fields.slice(1, -1) })],
    [
      'an issuer with a unique identifier',
      'it has a unique identifier',
      ofLeaf({ rewrite: (f) => [...f.slice(0, 7), implicit(1, hex('00ff')), ...f.slice(7)] }),
    ],
    [
      'a list of extensions that is empty',
      'CERTIFICATE_NAME_MISMATCH',
      ofLeaf({ rewrite: (f) => [...f.slice(0, 7), explicit(3, sequence())] }),
    ],
    // RFC 5280 4.1.2.2
    ['serial number 0', 'its serial number is 0', ofLeaf({ rewrite: at(SERIAL, integer(0)) })],
    ['serial number 0 of a CA', 'its serial number is 0', ofIntermediate({ rewrite: at(SERIAL, integer(0)) })],
    ['serial number 0 of a root, as some public ones have', 'OK', ofRoot({ rewrite: at(SERIAL, integer(0)) })],
    ['a negative serial number', 'its serial number is negative', ofLeaf({ rewrite: at(SERIAL, integer(0x80, 1)) })],
    ['a serial number of 20 octets', 'OK', ofLeaf({ serial: `7${'f'.repeat(39)}` })],
    ['a serial number of 21 octets', 'its serial number is longer than 20 octets', ofLeaf({ serial: `8${'f'.repeat(39)}` })],
    ['a serial number with an octet too many', NOT_DER, ofLeaf({ rewrite: at(SERIAL, integer(0, 1)) })],
    // RFC 5280 4.1.2.4
    [
      'an issuer without a name',
      'a CA has to have a subject',
      () => {
        const nameless = makeAuthority('', root, { subjectDer: sequence() });
        return request(makeLeaf(nameless, [HOST]), { intermediates: [nameless.certificate] });
      },
    ],
    // RFC 5280 4.1.2.5
    ...['260230000000Z', '260101240000Z', '260101006000Z'].map(
      (text) =>
        [
          `notBefore ${text}, which there never was`,
          'UNREADABLE',
          ofLeaf({ rewrite: at(VALIDITY, sequence(utc(text), utc('270101000000Z'))) }),
        ] as const,
    ),
    [
      'notAfter on the 30th of February',
      'UNREADABLE',
      ofLeaf({ rewrite: at(VALIDITY, sequence(utc('260101000000Z'), utc('270230000000Z'))) }),
    ],
    ['the first second', 'OK', ofLeaf({ notBefore: NOW })],
    ['a second too early', 'CERTIFICATE_NOT_YET_VALID', ofLeaf({ notBefore: later(seconds(1)) })],
    ['the last second', 'OK', ofLeaf({ notAfter: NOW })],
    ['the last second, not quite over', 'OK', ofLeaf({ notAfter: NOW }, { now: later(999) })],
    ['a second too late', 'CERTIFICATE_EXPIRED', ofLeaf({ notAfter: NOW }, { now: later(seconds(1)) })],
    ['an intermediate that has ended', 'CERTIFICATE_EXPIRED', ofIntermediate({ notAfter: later(-days(1)) })],
    ['an intermediate of tomorrow', 'CERTIFICATE_NOT_YET_VALID', ofIntermediate({ notBefore: later(days(1)) })],
    ['a root that has ended', 'CERTIFICATE_EXPIRED', ofRoot({ notAfter: later(-days(1)) })],
    ['a root of tomorrow', 'CERTIFICATE_NOT_YET_VALID', ofRoot({ notBefore: later(days(1)) })],
    ['an end in 2050 and beyond', 'OK', ofLeaf({ notAfter: Date.parse('2050-01-01T00:00:00Z') as Instant })],
    ['GeneralizedTime before 2050', DATES, ofLeaf({ rewrite: validity(utc('260101000000Z'), generalized('20490101000000Z')) })],
    ['UTCTime without seconds', 'UNREADABLE', ofLeaf({ rewrite: validity(utc('2601010000Z'), utc('270101000000Z')) })],
    ['UTCTime with an offset', 'UNREADABLE', ofLeaf({ rewrite: validity(utc('260101000000+0100'), utc('270101000000Z')) })],
    ['fractions of a second', 'UNREADABLE', ofLeaf({ rewrite: validity(utc('260101000000Z'), generalized('20510101000000.5Z')) })],
    ['a date that is text', 'UNREADABLE', ofLeaf({ rewrite: validity(tlv(0x0c, '260101000000Z'), utc('270101000000Z')) })],
    // RFC 5280 4.1, X.690
    ['something after the last field', 'UNREADABLE', () => request(makeLeaf(intermediate, [HOST], { rewrite: (f) => [...f, tlv(0x05)] }))],
    ['a signature of another algorithm than inside', 'UNREADABLE', ofLeaf({ rewrite: at(2, sequence(oid('1.2.840.10045.4.3.3'))) })],
    ['TRUE that is not all ones', NOT_DER, ofLeaf({ rewrite: (f) => [...f.slice(0, 7), withTrueAsOne(f[7]!)] })],
    [
      'a default that is written',
      'the criticality of extension 2.5.29.17 is not written as DER',
      ofLeaf({
        rewrite: (f) => [
          ...f.slice(0, 7),
          explicit(3, sequence(sequence(oid('2.5.29.17'), hex('010100'), tlv(0x04, sequence(implicit(2, HOST)))))),
        ],
      }),
    ],
    ['an extension twice', 'UNREADABLE', ofLeaf({ rewrite: (f) => [...f.slice(0, 7), explicit(3, sequence(san, san))] })],
    ['an extension that is malformed', 'UNREADABLE', ofLeaf({ plus: [extension('2.5.29.15', true, hex('0302'))] })],
    // RFC 5280 4.2
    ['an unknown extension', 'OK', ofLeaf({ plus: [extension('1.2.3.4', false, hex('0500'))] })],
    ['an unknown critical extension', UNKNOWN_CRITICAL, ofLeaf({ plus: [extension('1.2.3.4', true, hex('0500'))] })],
    [
      'an unknown critical extension in an intermediate',
      UNKNOWN_CRITICAL,
      ofIntermediate({ plus: [extension('1.2.3.4', true, hex('0500'))] }),
    ],
    ['an unknown critical extension in a root', UNKNOWN_CRITICAL, ofRoot({ plus: [extension('1.2.3.4', true, hex('0500'))] })],
    // RFC 5280 4.1.1.3
    ['a signature that was changed', 'CHAIN_SIGNATURE_WRONG', () => request(withBrokenSignature(makeLeaf(intermediate, [HOST])))],
    [
      'a leaf that signed itself',
      'CHAIN_UNTRUSTED',
      () => {
        const key = newKey();
        const self = { key, certificate: { ...root.certificate, subjectDer: makeAuthority('Self').certificate.subjectDer } };
        return request(makeLeaf(self, [HOST], { key, subjectDer: self.certificate.subjectDer, plus: [subjectAltName([HOST], false)] }));
      },
    ],
  ]);
});

const san = sequence(oid('2.5.29.17'), tlv(0x04, sequence(implicit(2, HOST))));

/** Of the first critical extension but one: `ff` becomes `01`, as BER allows. */
function withTrueAsOne(extensions: Uint8Array): Uint8Array {
  const marker = Buffer.from(extensions).indexOf(hex('551d0f0101ff'));
  return extensions.map((octet, i) => (i === marker + 5 ? 1 : octet));
}
