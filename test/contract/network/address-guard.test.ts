import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { parseConfig } from '../../../src/platform/config/config.js';
import { type IpAddress, parseIpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';

const ip = (text: string): IpAddress => unwrap(parseIpAddress(text));

describe('the address guard', () => {
  const guard = makeAddressGuard([]);

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
    '2400:cb00::1',
    '2001:200::1',
    '192.0.1.1',
    '198.20.0.1',
    '223.255.255.255',
  ])('lets %s on the public Internet pass', (text) => expect(guard.allows(ip(text), 443)).toBe(true));

  it.each([
    ['unspecified', '0.0.0.0'],
    ['"this network"', '0.1.2.3'],
    ['loopback', '127.0.0.1'],
    ['loopback, its last', '127.255.255.254'],
    ['private 10/8', '10.0.0.1'],
    ['private 172.16/12', '172.16.0.1'],
    ['private 172.16/12, its last', '172.31.255.255'],
    ['private 192.168/16', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT, its last', '100.127.255.255'],
    ['link-local: the metadata service of clouds', '169.254.169.254'],
    ['IETF assignments', '192.0.0.8'],
    ['documentation 1', '192.0.2.1'],
    ['documentation 2', '198.51.100.1'],
    ['documentation 3', '203.0.113.1'],
    ['6to4 relays (RFC 7526)', '192.88.99.1'],
    ['AS112', '192.31.196.1'],
    ['AS112, the other', '192.175.48.1'],
    ['AMT relays', '192.52.193.1'],
    ['benchmarks', '198.18.0.1'],
    ['benchmarks, the last', '198.19.255.255'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['IPv6 unspecified', '::'],
    ['IPv6 loopback', '::1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped private, written out', '0:0:0:0:0:ffff:c0a8:1'],
    ['IPv4-mapped metadata service', '::ffff:a9fe:a9fe'],
    ['IPv4-compatible loopback', '::127.0.0.1'],
    ['IPv4-translated loopback', '::ffff:0:127.0.0.1'],
    ['NAT64 to loopback', '64:ff9b::127.0.0.1'],
    ['NAT64 to a private address', '64:ff9b::10.0.0.1'],
    ['NAT64 to a public address', '64:ff9b::8.8.8.8'],
    ['NAT64 of a local prefix', '64:ff9b:1::a00:1'],
    ['discard', '100::1'],
    ['6to4 to a private address', '2002:a00:1::1'],
    ['6to4 to loopback', '2002:7f00:1::1'],
    ['6to4 to a public address', '2002:808:808::1'],
    ['Teredo', '2001::1'],
    ['port control', '2001:1::1'],
    ['AMT', '2001:3::1'],
    ['AS112 in IPv6', '2001:4:112::1'],
    ['AS112 in IPv6, the other', '2620:4f:8000::1'],
    ['IETF assignments in IPv6, the last', '2001:1ff:ffff::1'],
    ['IPv6 benchmarks', '2001:2::1'],
    ['ORCHID', '2001:20::1'],
    ['IPv6 documentation', '2001:db8::1'],
    ['IPv6 documentation, the new range', '3fff::1'],
    ['segment routing', '5f00::1'],
    ['not assigned to anybody', '4000::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fd12:3456::1'],
    ['unique local, the last', 'fdff:ffff::1'],
    ['IPv6 link-local', 'fe80::1'],
    ['IPv6 link-local, the last', 'febf:ffff::1'],
    ['site-local', 'fec0::1'],
    ['IPv6 multicast', 'ff02::1'],
    ['IPv6 multicast, global', 'ff0e::1'],
  ])('refuses %s: %s', (_, text) => expect(guard.allows(ip(text), 443)).toBe(false));

  it('refuses an IPv4-mapped address also where it was never put in its normal form', () =>
    expect(guard.allows('::ffff:10.0.0.1' as IpAddress, 443)).toBe(false));

  describe('on a machine with public addresses', () => {
    const own = new Set(['198.20.0.1', '2a00:1450:4001::1']);
    const here = makeAddressGuard([{ address: ip('198.20.0.1'), port: 8443 }], () => own);

    it.each([
      ['198.20.0.1', 443, true],
      ['198.20.0.1', 80, true],
      ['198.20.0.1', 8443, true],
      ['198.20.0.1', 5432, false],
      ['198.20.0.1', 22, false],
      ['2a00:1450:4001::1', 443, true],
      ['2a00:1450:4001:0:0:0:0:1', 8443, false],
      ['198.20.0.2', 5432, true],
    ])('may %s port %i be dialled? %s', (text, port, allowed) => expect(here.allows(ip(text), port)).toBe(allowed));
  });

  it.each([
    ['127.0.0.1', 8080, true],
    ['127.0.0.1', 8443, true],
    ['::1', 8443, true],
    ['127.0.0.1', 5432, false],
    ['::1', 6379, false],
    ['127.0.0.2', 8443, false],
    ['10.0.0.1', 8443, false],
  ])('with the configuration that there is by default, may %s port %i be dialled? %s', (text, port, allowed) => {
    const config = parseConfig({}, '/srv/panel');
    const usual = makeAddressGuard(config.ok ? config.value.allowAddresses : []);
    expect(usual.allows(ip(text), port)).toBe(allowed);
  });

  it('knows the addresses of this machine', () => {
    const open = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address } of open) expect(guard.allows(ip(address), 5432)).toBe(false);
  });

  describe('with addresses that the configuration names', () => {
    const listed = makeAddressGuard([
      { address: ip('127.0.0.1'), port: 8443 },
      { address: ip('10.0.0.5') },
      { address: ip('::ffff:10.0.0.6') },
    ]);

    it('lets exactly that port of that address pass', () => {
      expect(listed.allows(ip('127.0.0.1'), 8443)).toBe(true);
      expect(listed.allows(ip('127.0.0.1'), 5432)).toBe(false);
      expect(listed.allows(ip('127.0.0.2'), 8443)).toBe(false);
      expect(listed.allows(ip('::1'), 8443)).toBe(false);
    });
    it('lets each port pass where none is named', () => {
      expect(listed.allows(ip('10.0.0.5'), 22)).toBe(true);
      expect(listed.allows(ip('::ffff:10.0.0.5'), 22)).toBe(true);
      expect(listed.allows(ip('10.0.0.6'), 22)).toBe(true);
    });
  });
});
