import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  covers,
  isWithin,
  parseCertificateName,
  parseHostname,
  registrableDomain,
  toDisplay,
  withoutWildcard,
} from '../../../src/values/hostname.js';
import type { CertificateName, Hostname } from '../../../src/values/hostname.js';

const label63 = 'a'.repeat(63);

describe('parseHostname', () => {
  it.each([
    { name: 'a plain name', input: 'shop.example.com', normal: 'shop.example.com' },
    { name: 'upper case', input: 'Shop.EXAMPLE.com', normal: 'shop.example.com' },
    { name: 'a trailing dot', input: 'shop.example.com.', normal: 'shop.example.com' },
    { name: 'spaces around it', input: ' shop.example.com\n', normal: 'shop.example.com' },
    { name: 'U-labels', input: 'bücher.example', normal: 'xn--bcher-kva.example' },
    { name: 'the same as A-labels', input: 'xn--bcher-kva.example', normal: 'xn--bcher-kva.example' },
    { name: 'full-width letters', input: 'ｓｈｏｐ.example', normal: 'shop.example' },
    { name: 'an ideographic full stop', input: 'shop。example', normal: 'shop.example' },
    { name: 'a single label', input: 'localhost', normal: 'localhost' },
    {
      name: '253 characters',
      input: `${label63}.${label63}.${label63}.${'a'.repeat(61)}`,
      normal: `${label63}.${label63}.${label63}.${'a'.repeat(61)}`,
    },
    { name: 'a label that begins with a digit', input: '1and1.example', normal: '1and1.example' },
  ])('$name is normalised', ({ input, normal }) => {
    expect(parseHostname(input)).toEqual({ ok: true, value: normal });
  });

  it.each([
    { name: 'nothing', input: '' },
    { name: 'a dot', input: '.' },
    { name: 'an empty label', input: 'shop..example' },
    { name: '254 characters', input: `${label63}.${label63}.${label63}.${'a'.repeat(62)}` },
    { name: 'a label of 64', input: `${'a'.repeat(64)}.example` },
    { name: 'an underscore', input: '_dmarc.example.com' },
    { name: 'a space inside', input: 'shop example.com' },
    { name: 'a NUL', input: 'shop\0.example.com' },
    { name: 'a leading hyphen', input: '-shop.example.com' },
    { name: 'a trailing hyphen', input: 'shop-.example.com' },
    { name: 'broken punycode', input: 'xn--a.example' },
    { name: 'a zero-width joiner', input: 'sh\u200dop.example' },
    { name: 'a right-to-left override', input: 'sh\u202eop.example' },
    { name: 'a URL', input: 'https://shop.example.com/' },
    { name: 'a port', input: 'shop.example.com:443' },
    { name: 'a wildcard', input: '*.example.com' },
    { name: 'an emoji that IDNA refuses', input: 'a\u{1f3f4}\u{e0067}.example' },
    { name: 'a number at the end', input: 'shop.example.1' },
    { name: 'one number, which some read as an IPv4 address', input: '2130706433' },
    { name: 'hex, which some read as an IPv4 address', input: '0x7f000001' },
    { name: 'more than is worth reading', input: 'a'.repeat(100_000) },
  ])('$name is refused', ({ input }) => {
    const result = parseHostname(input);
    expect(result.ok).toBe(false);
    expect(result).toMatchObject({ problem: { code: 'NOT_A_HOSTNAME' } });
  });

  it.each(['192.0.2.1', '127.0.0.1', '[2001:db8::1]', '2001:db8::1', '::1', '１９２.0.2.1', '::ffff:192.0.2.1'])(
    '%s is an IP address',
    (input) => {
      expect(parseHostname(input)).toMatchObject({ ok: false, problem: { code: 'NAME_IS_AN_IP_ADDRESS' } });
    },
  );

  it('never throws, and what it accepts is accepted unchanged a second time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), fc.webUrl()), (input) => {
        const first = parseHostname(input);
        if (first.ok) {
          expect(parseHostname(first.value)).toEqual(first);
          expect(parseHostname(toDisplay(first.value))).toEqual(first);
          expect(first.value.length).toBeLessThanOrEqual(253);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('certificate names', () => {
  it('a wildcard is one more label in front of a host name', () => {
    const name = parseCertificateName('*.Bücher.example');
    expect(name).toEqual({ ok: true, value: '*.xn--bcher-kva.example' });
    expect(withoutWildcard('*.xn--bcher-kva.example' as CertificateName)).toBe('xn--bcher-kva.example');
  });

  it.each(['*', '*.', '**.example', '*.*.example', 'shop.*.example', '*shop.example', '*.192.0.2.1'])('%s is refused', (input) => {
    expect(parseCertificateName(input).ok).toBe(false);
  });

  it.each([
    { name: '*.example.com', host: 'shop.example.com', covered: true },
    { name: '*.example.com', host: 'example.com', covered: false },
    { name: '*.example.com', host: 'a.shop.example.com', covered: false },
    { name: '*.example.com', host: 'shop.example.com.evil.test', covered: false },
    { name: 'example.com', host: 'example.com', covered: true },
    { name: 'example.com', host: 'shop.example.com', covered: false },
    { name: '*.com', host: 'com', covered: false },
  ])('$name for $host: $covered', ({ name, host, covered }) => {
    expect(covers(name as CertificateName, host as Hostname)).toBe(covered);
  });
});

describe('who may own a name', () => {
  it.each([
    ['shop.example.com', 'example.com'],
    ['example.co.uk', 'example.co.uk'],
    ['a.b.example.co.uk', 'example.co.uk'],
    ['me.github.io', 'me.github.io'],
    ['shop.localhost', 'shop.localhost'],
    ['co.uk', undefined],
    ['com', undefined],
    ['github.io', undefined],
    ['localhost', undefined],
    ['xn--p1ai', undefined],
  ])('%s is registered as %s', (name, domain) => {
    expect(registrableDomain(name as Hostname)).toBe(domain);
  });

  it('a name that only ends alike is not within a domain', () => {
    expect(isWithin('shop.example.com' as Hostname, 'example.com' as Hostname)).toBe(true);
    expect(isWithin('badexample.com' as Hostname, 'example.com' as Hostname)).toBe(false);
  });
});
