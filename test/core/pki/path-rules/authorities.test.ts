import { describe } from 'vitest';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../../../src/cores/pki/encoding/certificate-encoding.js';
import type { Certificate } from '../../../../src/cores/pki/certificate.js';
import type { CertificateName } from '../../../../src/values/hostname.js';
import { explicit, hex, implicit, integer, octets, sequence, tlv } from '../../../support/pki/der.js';
import { makeAuthority, makeLeaf, type Authority, type Changes } from '../certificate-maker.js';
import { below, extension, HOST, intermediate, itRules, ofIntermediate, ofLeaf, ofRoot, request, root } from './rule-table.js';

const [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, AUTHORITY_KEY, SUBJECT_KEY] = [
  '2.5.29.19',
  '2.5.29.15',
  '2.5.29.37',
  '2.5.29.35',
  '2.5.29.14',
] as const;
const [SERVER_AUTH, CLIENT_AUTH, ANY] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '2.5.29.37.0'] as const;
const TRUE = hex('0101ff');
const softConstraints = extension(BASIC_CONSTRAINTS, false, sequence(TRUE));
const keyId = implicit(0, hex('11'.repeat(20)));
const named = (changes: Changes) => ({ ...changes, plus: [subjectAltName([HOST as CertificateName], false), ...(changes.plus ?? [])] });

/** Root, then CAs with these path lengths, then a leaf; undefined is no limit. */
const ladder = (...lengths: readonly (number | undefined)[]): Authority[] =>
  lengths.reduce<Authority[]>(
    (chain, length, i) => [...chain, makeAuthority(`Step ${i}`, chain.at(-1) ?? root, { plus: [basicConstraints(true, length)] })],
    [],
  );
const overSteps = (...lengths: readonly (number | undefined)[]) => {
  const chain = ladder(...lengths);
  return below(chain.at(-1)!, { intermediates: chain.map(({ certificate }) => certificate) });
};
/** A second key of the same CA, certified by the first. */
const rolledOver = (first: Authority): Authority => makeAuthority('Same', first, { subjectDer: first.certificate.subjectDer });
const asLeaf = (changes: Changes): Certificate => makeAuthority('CA', root, named(changes)).certificate;

describe('what makes a CA', () => {
  itRules([
    // RFC 5280 4.2.1.9
    ['an intermediate without basic constraints', 'it signed a certificate and is no CA', ofIntermediate({ without: [BASIC_CONSTRAINTS] })],
    ['a root without basic constraints', 'it signed a certificate and is no CA', ofRoot({ without: [BASIC_CONSTRAINTS] })],
    [
      'an intermediate that says that it is no CA',
      'it signed a certificate and is no CA',
      ofIntermediate({ plus: [basicConstraints(false)] }),
    ],
    [
      'an intermediate whose basic constraints are not critical',
      'its basic constraints are not critical',
      ofIntermediate({ plus: [softConstraints] }),
    ],
    ['a root whose basic constraints are not critical', 'its basic constraints are not critical', ofRoot({ plus: [softConstraints] })],
    ['a leaf that says that it is no CA, not critical', 'OK', ofLeaf({ plus: [extension(BASIC_CONSTRAINTS, false, sequence())] })],
    ['a leaf without basic constraints', 'OK', ofLeaf({ without: [BASIC_CONSTRAINTS] })],
    [
      'FALSE that is written out, as old software does',
      'OK',
      ofLeaf({ plus: [extension(BASIC_CONSTRAINTS, true, sequence(hex('010100')))] }),
    ],
    [
      'a leaf with a path length',
      'it has a path length and may not sign certificates',
      ofLeaf({ plus: [extension(BASIC_CONSTRAINTS, true, sequence(integer(0)))] }),
    ],
    ['a negative path length', 'UNREADABLE', ofIntermediate({ plus: [extension(BASIC_CONSTRAINTS, true, sequence(TRUE, integer(0xff)))] })],
    // RFC 5280 6.1.4 l, m
    ['a leaf below a CA that allows none', 'OK', () => overSteps(0)],
    ['a CA below a CA that allows none', '1 CAs stand below it; it allows 0', () => overSteps(0, 0)],
    ['a CA below a CA that allows one', 'OK', () => overSteps(1, 0)],
    ['two CAs below one that allows one', '2 CAs stand below it; it allows 1', () => overSteps(1, undefined, undefined)],
    ['a path length that grows again', 'OK', () => overSteps(1, 2)],
    [
      'a root that allows none, with an intermediate',
      '1 CAs stand below it; it allows 0',
      () => {
        const narrow = makeAuthority('Narrow', undefined, { plus: [basicConstraints(true, 0)] });
        return below(makeAuthority('Below', narrow), { roots: [narrow.certificate] });
      },
    ],
    [
      'a change of keys, which counts for no step',
      'OK',
      () => {
        const first = makeAuthority('Same', root, { plus: [basicConstraints(true, 0)] });
        const second = rolledOver(first);
        return below(second, { intermediates: [first.certificate, second.certificate] });
      },
    ],
    // The caller's own limit
    ['no intermediate where none is allowed', 'OK', () => request(makeLeaf(root, [HOST]), { maxIntermediates: 0 })],
    ['one where none is allowed', '1 CAs stand between root and leaf; 0 are allowed', ofLeaf({}, { maxIntermediates: 0 })],
    ['one where one is allowed', 'OK', ofLeaf({}, { maxIntermediates: 1 })],
    [
      'two where one is allowed',
      '2 CAs stand between root and leaf; 1 are allowed',
      () => ({ ...overSteps(undefined, undefined), maxIntermediates: 1 }),
    ],
    [
      'a change of keys where one is allowed',
      'OK',
      () => {
        const first = makeAuthority('Same', root);
        const second = rolledOver(first);
        return below(second, { intermediates: [first.certificate, second.certificate], maxIntermediates: 1 });
      },
    ],
    // RFC 5280 4.2.1.3
    ['an intermediate without key usage', 'a CA has to have a key usage', ofIntermediate({ without: [KEY_USAGE] })],
    ['a root without key usage', 'a CA has to have a key usage', ofRoot({ without: [KEY_USAGE] })],
    [
      'an intermediate that may not sign certificates',
      'its key may not sign certificates',
      ofIntermediate({ plus: [keyUsage('cRLSign')] }),
    ],
    ['a root that may not sign certificates', 'its key may not sign certificates', ofRoot({ plus: [keyUsage('cRLSign')] })],
    [
      'an intermediate with a path length that may not sign',
      'its key may not sign certificates',
      ofIntermediate({ plus: [keyUsage('cRLSign'), basicConstraints(true, 0)] }),
    ],
    ['a leaf without key usage', 'OK', ofLeaf({ without: [KEY_USAGE] })],
    [
      'a leaf that signs certificates',
      'it claims a part of what makes a CA',
      ofLeaf({ plus: [keyUsage('digitalSignature', 'keyCertSign')] }),
    ],
    [
      'a leaf that signs certificates, without basic constraints',
      'it claims a part of what makes a CA',
      ofLeaf({ without: [BASIC_CONSTRAINTS], plus: [keyUsage('digitalSignature', 'keyCertSign')] }),
    ],
    ['a leaf that is a CA and signs none', 'it claims a part of what makes a CA', ofLeaf({ plus: [basicConstraints(true)] })],
    [
      'a key usage that allows nothing',
      'its key usage allows nothing',
      ofLeaf({ plus: [extension(KEY_USAGE, true, tlv(0x03, hex('00')))] }),
    ],
    ['an asked use that is there', 'OK', ofLeaf({}, { keyUsage: ['digitalSignature'] })],
    [
      'an asked use that is not there',
      'its key usage lacks keyEncipherment',
      ofLeaf({}, { keyUsage: ['digitalSignature', 'keyEncipherment'] }),
    ],
    ['an asked use, of a leaf that allows all', 'OK', ofLeaf({ without: [KEY_USAGE] }, { keyUsage: ['keyEncipherment'] })],
    // RFC 5280 6.1 says nothing of what a leaf is
    ['a whole CA at the end of a path', 'OK', () => request(asLeaf({}))],
    ['the same in a handshake', 'it is the certificate of a CA, not of a server', () => ({ ...request(asLeaf({})), profile: 'HANDSHAKE' })],
  ]);
});

describe('what a certificate is for', () => {
  itRules([
    // RFC 5280 4.2.1.12, CA/B BR 7.1.2.7.10
    ['a leaf for clients', 'serverAuth is not among its extended key usages', ofLeaf({ plus: [extendedKeyUsage(CLIENT_AUTH)] })],
    ['a leaf for clients, asked by a server', 'OK', ofLeaf({ plus: [extendedKeyUsage(CLIENT_AUTH)] }, { purpose: 'clientAuth' })],
    ['a leaf for servers, asked by a server', 'clientAuth is not among its extended key usages', ofLeaf({}, { purpose: 'clientAuth' })],
    ['a leaf for both', 'OK', ofLeaf({ plus: [extendedKeyUsage(CLIENT_AUTH, SERVER_AUTH)] })],
    ['a leaf for any purpose', 'serverAuth is not among its extended key usages', ofLeaf({ plus: [extendedKeyUsage(ANY)] })],
    ['a leaf for servers and any purpose', 'it is for any purpose', ofLeaf({ plus: [extendedKeyUsage(SERVER_AUTH, ANY)] })],
    ['a leaf that does not say', 'it does not say that it is for servers', ofLeaf({ without: [EXTENDED_KEY_USAGE] })],
    ['a client that does not say', 'OK', ofLeaf({ without: [EXTENDED_KEY_USAGE] }, { purpose: 'clientAuth' })],
    ['a leaf for nothing', 'UNREADABLE', ofLeaf({ plus: [extension(EXTENDED_KEY_USAGE, false, sequence())] })],
    ['a critical one', 'its extended key usage is critical', ofLeaf({ plus: [critically(extendedKeyUsage(SERVER_AUTH))] })],
    ['an intermediate for servers', 'OK', ofIntermediate({ plus: [extendedKeyUsage(SERVER_AUTH)] })],
    [
      'an intermediate for clients',
      'serverAuth is not among its extended key usages',
      ofIntermediate({ plus: [extendedKeyUsage(CLIENT_AUTH)] }),
    ],
    [
      'an intermediate with a critical one',
      'its extended key usage is critical',
      ofIntermediate({ plus: [critically(extendedKeyUsage(SERVER_AUTH))] }),
    ],
    ['a root that says', 'a root may not have an extended key usage', ofRoot({ plus: [extendedKeyUsage(SERVER_AUTH)] })],
    [
      'another purpose that is asked as well',
      '1.3.6.1.5.5.7.3.3 is not among its extended key usages',
      ofLeaf({}, { extendedKeyUsage: ['1.3.6.1.5.5.7.3.3'] }),
    ],
  ]);
});

describe('which key signed, and which is certified', () => {
  const issuerAndSerial = [explicit(1, tlv(0xa4, sequence())), implicit(2, hex('01'))];
  const missing = 'it does not say with which key it is signed';
  const more = 'its authority key identifier names an issuer or a serial number';
  const critical = 'the critical extension 2.5.29.35 is not understood';
  itRules([
    // RFC 5280 4.2.1.1, CA/B BR 7.1.2.11.1
    ['a leaf that does not say', missing, ofLeaf({ without: [AUTHORITY_KEY] })],
    ['an intermediate that does not say', missing, ofIntermediate({ without: [AUTHORITY_KEY] })],
    ['a root that does not say', 'OK', ofRoot({})],
    [
      'a trusted CA that another one signed, and that does not say',
      missing,
      () => {
        const crossed = makeAuthority('Crossed', root, { without: [AUTHORITY_KEY] });
        return request(makeLeaf(crossed, [HOST]), { intermediates: [], roots: [crossed.certificate] });
      },
    ],
    [
      'a trusted CA that another one signed',
      'OK',
      () => request(makeLeaf(intermediate, [HOST]), { intermediates: [], roots: [intermediate.certificate] }),
    ],
    ['a root that is signed by itself under another name', 'OK', ofRoot({ issuerDer: makeAuthority('Elsewhere').certificate.subjectDer })],
    [
      'a leaf with no key in it',
      'its authority key identifier has no key identifier',
      ofLeaf({ plus: [extension(AUTHORITY_KEY, false, sequence(...issuerAndSerial))] }),
    ],
    [
      'a leaf with issuer and serial number beside it',
      more,
      ofLeaf({ plus: [extension(AUTHORITY_KEY, false, sequence(keyId, ...issuerAndSerial))] }),
    ],
    [
      'a root with no key in it',
      'its authority key identifier has no key identifier',
      ofRoot({ plus: [extension(AUTHORITY_KEY, false, sequence())] }),
    ],
    ['a root with an issuer beside it', more, ofRoot({ plus: [extension(AUTHORITY_KEY, false, sequence(keyId, issuerAndSerial[0]!))] })],
    [
      'a root with a serial number beside it',
      more,
      ofRoot({ plus: [extension(AUTHORITY_KEY, false, sequence(keyId, issuerAndSerial[1]!))] }),
    ],
    [
      'a root that names another key than its own',
      'it is signed with another key than its own',
      ofRoot({ plus: [extension(AUTHORITY_KEY, false, sequence(keyId))] }),
    ],
    [
      'a leaf that names another key',
      'it names another key than the one of its issuer',
      ofLeaf({ plus: [extension(AUTHORITY_KEY, false, sequence(keyId))] }),
    ],
    ['a critical one in a leaf', critical, ofLeaf({ plus: [extension(AUTHORITY_KEY, true, sequence(keyId))] })],
    ['a critical one in an intermediate', critical, ofIntermediate({ plus: [extension(AUTHORITY_KEY, true, sequence(keyId))] })],
    ['a critical one in a root', critical, ofRoot({ plus: [extension(AUTHORITY_KEY, true, sequence(keyId))] })],
    // RFC 5280 4.2.1.2
    ['a root without a name for its key', 'a CA has to have a subject key identifier', ofRoot({ without: [SUBJECT_KEY] })],
    ['an intermediate without a name for its key', 'a CA has to have a subject key identifier', ofIntermediate({ without: [SUBJECT_KEY] })],
    ['a leaf with a name for its key', 'OK', ofLeaf({ plus: [extension(SUBJECT_KEY, false, octets(hex('22'.repeat(20))))] })],
    [
      'a critical one',
      'the critical extension 2.5.29.14 is not understood',
      ofLeaf({ plus: [extension(SUBJECT_KEY, true, octets(hex('22')))] }),
    ],
    [
      'a critical one in a root',
      'the critical extension 2.5.29.14 is not understood',
      ofRoot({ plus: [extension(SUBJECT_KEY, true, octets(hex('22')))] }),
    ],
  ]);
});

function critically({ extnID, extnValue }: ReturnType<typeof extendedKeyUsage>): ReturnType<typeof extension> {
  return extension(extnID, true, new Uint8Array(extnValue.buffer));
}
