import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnsWithin, emailWithin, ipWithin, uriWithin, type Match } from '../../../src/cores/pki/path/name-matching.js';

const octets = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number));

describe('name constraints (RFC 5280 4.2.1.10)', () => {
  const dns: [string, string, 'permitted' | 'excluded', Match][] = [
    ['shop.example', 'example', 'permitted', 'yes'],
    ['SHOP.Example', 'eXample', 'permitted', 'yes'],
    ['example', 'example', 'permitted', 'yes'],
    ['badexample', 'example', 'permitted', 'no'],
    ['shop.example', '', 'permitted', 'yes'],
    ['shop.example', '.example', 'permitted', 'malformed'],
    ['shop.example', 'exam ple', 'excluded', 'malformed'],
    ['shop.example.', 'example', 'permitted', 'malformed'],
    ['*.example', 'example', 'permitted', 'yes'],
    ['*.example', 'shop.example', 'permitted', 'no'],
    ['*.example', 'shop.example', 'excluded', 'yes'],
    ['*.example', 'a.shop.example', 'excluded', 'yes'],
    ['*.example', 'shop.test', 'excluded', 'no'],
  ];
  it.each(dns)('dns %s within "%s" (%s): %s', (name, constraint, list, expected) =>
    expect(dnsWithin(name, constraint, list)).toBe(expected),
  );

  const ip: [string, string, Match][] = [
    ['192.0.2.7', '192.0.2.0.255.255.255.0', 'yes'],
    ['192.0.3.7', '192.0.2.0.255.255.255.0', 'no'],
    ['192.0.2.7', '0.0.0.0.0.0.0.0', 'yes'],
    ['192.0.2.7', '192.0.2.0.255.0.255.0', 'malformed'],
    ['192.0.2.7', '192.0.2.0', 'malformed'],
    ['192.0.2', '192.0.2.0.255.255.255.0', 'malformed'],
    [`0${'.0'.repeat(15)}`, '0.0.0.0.0.0.0.0', 'no'],
  ];
  it.each(ip)('ip %s within %s: %s', (address, constraint, expected) =>
    expect(ipWithin(octets(address), octets(constraint))).toBe(expected),
  );

  const email: [string, string, Match][] = [
    ['a@example', 'a@Example', 'yes'],
    ['A@example', 'a@example', 'no'],
    ['a@example', 'example', 'yes'],
    ['a@mail.example', 'example', 'no'],
    ['a@mail.example', '.example', 'yes'],
    ['a@example', '.example', 'no'],
    ['nobody', 'example', 'malformed'],
  ];
  it.each(email)('mail %s within %s: %s', (address, constraint, expected) => expect(emailWithin(address, constraint)).toBe(expected));

  const uri: [string, string, Match][] = [
    ['https://example/x', 'example', 'yes'],
    ['https://user@example:8443?x', 'example', 'yes'],
    ['https://evil.test/@example', 'example', 'no'],
    ['https://a.example', '.example', 'yes'],
    ['https://192.0.2.1/', 'example', 'malformed'],
    ['urn:isbn:1', 'example', 'malformed'],
  ];
  it.each(uri)('uri %s within %s: %s', (name, constraint, expected) => expect(uriWithin(name, constraint)).toBe(expected));

  it('no text makes a match throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uint8Array(), fc.uint8Array(), (a, b, c, d) => {
        for (const list of ['permitted', 'excluded'] as const) dnsWithin(a, b, list);
        emailWithin(a, b);
        uriWithin(a, b);
        ipWithin(c, d);
      }),
    );
  });
});
