import { describe } from 'vitest';
import { encodeName } from '../../../../src/cores/pki/encoding/name-encoding.js';
import type { PeerName } from '../../../../src/cores/pki/path/peer-name.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';
import { attribute, commonName, explicit, hex, implicit, oid, sequence, set, tlv } from '../../../support/pki/der.js';
import { makeLeaf } from '../certificate-maker.js';
import { extension, HOST, intermediate, itRules, ofLeaf, request, type Row } from './rule-table.js';

const SAN = '2.5.29.17';
const dns = (text: string) => implicit(2, text);
const mail = (text: string) => implicit(1, text);
const ip = (octets: string) => implicit(7, hex(octets));
/** A leaf that names these, and nothing else. */
const names = (...list: readonly Uint8Array[]) => extension(SAN, true, sequence(...list));
const leafFor = (...list: readonly Uint8Array[]) => makeLeaf(intermediate, [], { plus: [names(...list)] });
const host =
  (asked: string, ...list: readonly Uint8Array[]) =>
  () =>
    request(leafFor(...list), { hostname: asked as Hostname });
const peer =
  (kind: PeerName['kind'], name: string, ...list: readonly Uint8Array[]) =>
  () =>
    request(leafFor(...list), { hostname: undefined, peers: [{ kind, name } as PeerName] });
const client =
  (name: string, ...list: readonly Uint8Array[]) =>
  () => {
    const leaf = makeLeaf(intermediate, [], { plus: [names(...list)], without: ['2.5.29.37'] });
    return request(leaf, { hostname: undefined, peers: [{ kind: 'MAIL', name }], purpose: 'clientAuth' });
  };
const MISMATCH = 'CERTIFICATE_NAME_MISMATCH';
/** Found although another name fits. */
const beside = (text: string): Row => [
  `"${text}" beside a name that fits`,
  `"${text}" is not a DNS name`,
  host(HOST, dns(HOST), dns(text)),
];

describe('names of hosts (RFC 9525 6, RFC 5280 4.2.1.6)', () => {
  itRules([
    ['the name itself', 'OK', host(HOST, dns(HOST))],
    ['the name in capitals', 'OK', host(HOST, dns('SHOP.Example.COM'))],
    ['the second of two names', 'OK', host(HOST, dns('www.example.com'), dns(HOST))],
    ['another name', MISMATCH, host(HOST, dns('www.example.com'))],
    ['the domain above', MISMATCH, host(HOST, dns('example.com'))],
    ['a name below', MISMATCH, host('example.com', dns(HOST))],
    ['a wildcard', 'OK', host(HOST, dns('*.example.com'))],
    ['a wildcard for an A-label', 'OK', host('xn--bcher-kva.example.com', dns('*.example.com'))],
    ['a wildcard for the domain itself', MISMATCH, host('example.com', dns('*.example.com'))],
    ['a wildcard for two labels', MISMATCH, host('a.shop.example.com', dns('*.example.com'))],
    ['a wildcard within a label', MISMATCH, host(HOST, dns('sh*.example.com'))],
    ['a wildcard before the end of a label', MISMATCH, host(HOST, dns('*p.example.com'))],
    ['a wildcard that is not leftmost', MISMATCH, host('a.shop.example.com', dns('a.*.example.com'))],
    ['two wildcards', MISMATCH, host('a.shop.example.com', dns('*.*.example.com'))],
    ['a wildcard alone', MISMATCH, host(HOST, dns('*'))],
    ['a wildcard within an A-label', MISMATCH, host('xn--bliss-1b3c148a.example.com', dns('xn--*-1b3c148a.example.com'))],
    // CA/B BR 3.2.2.6
    ['a wildcard for a top-level domain', MISMATCH, host('example.com', dns('*.com'))],
    ['a wildcard for a public suffix of two labels', MISMATCH, host('example.co.uk', dns('*.co.uk'))],
    ['a wildcard for a private public suffix', MISMATCH, host('shop.github.io', dns('*.github.io'))],
    ['a public suffix beside, for its own name', 'OK', host('github.io', dns('github.io'), dns('*.github.io'))],
    ['a final dot', MISMATCH, host(HOST, dns(`${HOST}.`))],
    ['a dot in front', MISMATCH, host(HOST, dns('.example.com'))],
    ['NUL within', MISMATCH, host(HOST, dns(`${HOST}\0.evil.example`))],
    ['a name that is empty', MISMATCH, host(HOST, dns(''))],
    ...[
      '_shop.example.com',
      '.example.com',
      'example.com.',
      '-a.example.com',
      'a..example.com',
      'a b.example.com',
      '8.8.8.8',
      'xn--a.example.com',
      'sh*.example.com',
      'a'.repeat(64),
      '',
    ].map(beside),
    ['a U-label', 'UNREADABLE', host(HOST, dns('b\u00fccher.example.com'))],
    ['no alternative names, the name in the subject', MISMATCH, ofLeaf({ without: [SAN], subjectDer: commonName(HOST) })],
    ['an empty list of names', 'UNREADABLE', host(HOST)],
    ['mail addresses only', MISMATCH, host(HOST, mail(`a@${HOST}`))],
    ['a kind of name that there is not', 'UNREADABLE', host(HOST, dns(HOST), tlv(0x8a, 'x'))],
    // RFC 5280 4.1.2.6, CA/B BR 7.1.2.7.12
    [
      'not critical, without a subject',
      'the subject is empty and the subjectAltName is not critical',
      ofLeaf({ plus: [extension(SAN, false, sequence(dns(HOST)))] }),
    ],
    ['critical, beside a subject', 'the subjectAltName is critical beside a subject', ofLeaf({ subjectDer: commonName(HOST) })],
    ['no subject and no names', 'it names nobody', ofLeaf({ without: [SAN] }, { hostname: undefined })],
  ]);
});

describe('addresses and mailboxes', () => {
  itRules([
    ['an address', 'OK', peer('IP', '192.0.2.1', ip('c0000201'))],
    ['another address', MISMATCH, peer('IP', '192.0.2.2', ip('c0000201'))],
    ['an IPv6 address', 'OK', peer('IP', '2001:db8::1', ip('20010db8000000000000000000000001'))],
    ['an address as a DNS name', MISMATCH, peer('IP', '8.8.8.8', dns('8.8.8.8'))],
    ['an address and its mask', 'it has an address that is none', peer('IP', '192.0.2.1', ip('c0000201'), ip('c0000200ffffff00'))],
    ['an address of three octets', 'it has an address that is none', peer('IP', '192.0.2.1', ip('c0000201'), ip('c00002'))],
    ['a host where an address is asked for', MISMATCH, peer('IP', '192.0.2.1', dns(HOST))],
    ['a mailbox', 'OK', client('a@example.com', mail('a@example.com'))],
    ['a mailbox whose host is in capitals', 'OK', client('a@example.com', mail('a@EXAMPLE.com'))],
    ['a mailbox of another case', MISMATCH, client('a@example.com', mail('A@example.com'))],
    ['a mailbox with stars, to the letter', 'OK', client('**@example.com', mail('**@example.com'))],
    ['one star for two', MISMATCH, client('**@example.com', mail('*@example.com'))],
    [
      'a mailbox with two ats',
      'it has a mail address that is none',
      client('a@example.com', mail('a@example.com'), mail('a@b@example.com')),
    ],
    ['each of two names', MISMATCH, () => request(leafFor(dns(HOST)), { peers: [{ kind: 'IP', name: '192.0.2.1' as IpAddress }] })],
  ]);
});

describe('common names (CA/B BR 7.1.4.3)', () => {
  const subject =
    (text: string, ...list: readonly Uint8Array[]) =>
    () =>
      request(makeLeaf(intermediate, [], { subjectDer: commonName(text), plus: [extension(SAN, false, sequence(...list))] }), {
        hostname: undefined,
      });
  const stray = (text: string) => `its common name ${text} is none of its alternative names`;
  itRules([
    ['one of the names', 'OK', subject(HOST, dns('www.example.com'), dns(HOST))],
    ['none of the names', stray('other.example.com'), subject('other.example.com', dns(HOST))],
    ['one of the names in capitals', stray('SHOP.example.com'), subject('SHOP.example.com', dns(HOST))],
    ['an A-label of another name', stray('xn--nxasmq6b.com'), subject('xn--nxasmq6b.com', dns('xn--n3h.com'))],
    ['the U-label of a name', stray('b\u00fccher.com'), subject('b\u00fccher.com', dns('xn--bcher-kva.com'))],
    ['the domain of a wildcard', 'OK', subject('example.com', dns('*.example.com'))],
    ['a text that is no host', 'OK', subject('Our shop', dns(HOST))],
    ['an address', 'OK', subject('192.0.2.1', ip('c0000201'))],
    ['an address with zeros in front', stray('192.000.002.001'), subject('192.000.002.001', ip('c0000201'))],
    ['an address as one number', stray('0xC0000201'), subject('0xC0000201', ip('c0000201'))],
    ['an IPv6 address in its short form', 'OK', subject('2001:db8::1', ip('20010db8000000000000000000000001'))],
    ['an IPv6 address in another form', stray('2001:db8:0:0::1'), subject('2001:db8:0:0::1', ip('20010db8000000000000000000000001'))],
    [
      'two of them',
      'it has several common names',
      ofLeaf({
        subjectDer: sequence(set(attribute('2.5.4.3', HOST)), set(attribute('2.5.4.3', HOST))),
        plus: [extension(SAN, false, sequence(dns(HOST)))],
      }),
    ],
    [
      'another attribute of the subject',
      'OK',
      ofLeaf({ subjectDer: encodeName('Shop Ltd', HOST), plus: [extension(SAN, false, sequence(dns(HOST)))] }),
    ],
  ]);
});

describe('where issuers and lists are found', () => {
  const AIA = '1.3.6.1.5.5.7.1.1';
  const CDP = '2.5.29.31';
  const description = (location: Uint8Array) => sequence(oid('1.3.6.1.5.5.7.48.2'), location);
  const uri = (text: string) => implicit(6, text);
  const point = (location: Uint8Array) => sequence(explicit(0, explicit(0, location)));
  const malformed = 'its authority information access is malformed';
  const broken = 'its CRL distribution points are malformed';
  itRules([
    ['an issuer', 'OK', ofLeaf({ plus: [extension(AIA, false, sequence(description(uri('http://ca.example/ca.cer'))))] })],
    [
      'an issuer under a name that is no URL (RFC 5280 allows it)',
      'OK',
      ofLeaf({ plus: [extension(AIA, false, sequence(description(dns('ca.example'))))] }),
    ],
    [
      'a critical one',
      `the critical extension ${AIA} is not understood`,
      ofLeaf({ plus: [extension(AIA, true, sequence(description(uri('http://ca.example/'))))] }),
    ],
    ['a place without a name', 'UNREADABLE', ofLeaf({ plus: [extension(AIA, false, sequence(sequence(oid('1.3.6.1.5.5.7.48.2'))))] })],
    ['no place', malformed, ofLeaf({ plus: [extension(AIA, false, sequence())] })],
    ['a list', 'OK', ofLeaf({ plus: [extension(CDP, false, sequence(point(uri('http://ca.example/ca.crl'))))] })],
    ['a list over LDAP', broken, ofLeaf({ plus: [extension(CDP, false, sequence(point(uri('ldap://ca.example/ca'))))] })],
    [
      'a critical list',
      `the critical extension ${CDP} is not understood`,
      ofLeaf({ plus: [extension(CDP, true, sequence(point(uri('http://ca.example/ca.crl'))))] }),
    ],
    ['no list', broken, ofLeaf({ plus: [extension(CDP, false, sequence())] })],
  ]);
});
