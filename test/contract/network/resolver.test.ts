import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeResolver, type Resolver } from '../../../src/adapters/network/dialing/resolver.js';
import { type Hostname, parseHostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { type DnsServer, startDns } from '../../support/acme/dns-server.js';

const name = (text: string): Hostname => unwrap(parseHostname(text));

describe('the resolver', () => {
  let dns: DnsServer;
  let resolver: Resolver;
  beforeAll(async () => {
    dns = await startDns({
      'shop.example.test': ['192.0.2.1', '2001:db8::1', '192.0.2.2'],
      'six.example.test': ['2001:db8::6'],
      'empty.example.test': [],
      '*.wild.example.test': ['192.0.2.9'],
      'many.example.test': Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`),
    });
    resolver = makeResolver({ servers: [dns.server] });
  });
  beforeEach(() => {
    dns.fault = 'NONE';
    dns.asked.length = 0;
  });
  afterAll(() => dns.stop());

  it.each([
    ['shop.example.test', ['192.0.2.1', '192.0.2.2', '2001:db8::1']],
    ['six.example.test', ['2001:db8::6']],
    ['any.wild.example.test', ['192.0.2.9']],
  ])('gives the addresses of %s, A before AAAA', async (text, addresses) =>
    expect(await resolver.addresses(name(text))).toEqual({ ok: true, value: addresses }),
  );

  it('reads what is too long for UDP over TCP, all of it', async () =>
    expect(unwrap(await resolver.addresses(name('many.example.test')))).toHaveLength(200));

  it('asks anew each time: a change is seen at once', async () => {
    dns.zone.set('moving.example.test', ['192.0.2.10']);
    expect(await resolver.addresses(name('moving.example.test'))).toMatchObject({ value: ['192.0.2.10'] });
    dns.zone.set('moving.example.test', ['192.0.2.11']);
    expect(await resolver.addresses(name('moving.example.test'))).toMatchObject({ value: ['192.0.2.11'] });
  });

  it.each([
    ['a name that does not exist', 'none.example.test', 'ENOTFOUND'],
    ['a name without an address', 'empty.example.test', 'ENODATA'],
  ])('says for certain that %s does not resolve', async (_, text, detail) =>
    expect(await resolver.addresses(name(text))).toMatchObject({
      problem: { code: 'NAME_DOES_NOT_RESOLVE', facts: { name: text, detail } },
    }),
  );

  it.each(['SERVFAIL', 'REFUSED'] as const)('says that it could not find out where the server answers %s', async (fault) => {
    dns.fault = fault;
    expect(await resolver.addresses(name('shop.example.test'))).toMatchObject({
      problem: { code: 'NAME_LOOKUP_FAILED', subject: 'shop.example.test' },
    });
  });

  it('says that it could not find out where the server is silent, and does not wait for ever', async () => {
    dns.fault = 'SILENT';
    expect(await resolver.addresses(name('shop.example.test'))).toMatchObject({ problem: { code: 'NAME_LOOKUP_FAILED' } });
  });

  it('asks nobody about localhost (RFC 6761 6.3)', async () => {
    for (const text of ['localhost', 'panel.localhost']) {
      expect(await resolver.addresses(name(text))).toEqual({ ok: true, value: ['127.0.0.1', '::1'] });
    }
    expect(dns.asked).toEqual([]);
  });

  it('without servers asks the system', async () => {
    const answer = await makeResolver({ servers: [] }).addresses(name('nowhere.invalid'));
    expect(answer).toMatchObject({ ok: false });
  });
});
