import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffMaps, newFindings, withBound, withoutSite } from '../../../../src/features/bindings/sni-diff.js';
import { sniFindings, type SniFacts } from '../../../../src/features/bindings/sni-findings.js';
import { indexed, type SniEntry, type SniPlace } from '../../../../src/features/bindings/sni-map.js';
import { questions, tenantProof } from '../../../../src/features/bindings/sni-proof.js';
import type { HeldName } from '../../../../src/features/domains/domain.js';
import type { CertificateName, Hostname } from '../../../../src/values/hostname.js';
import type { Id } from '../../../../src/values/id.js';
import { days, plus } from '../../../../src/values/instant.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';
import { certificateOf, entryOf, NOW, randomTenants } from '../../../support/sni/random-map.js';

const [alice, bob] = ['acc_a', 'acc_b'] as Id<'account'>[] as [Id<'account'>, Id<'account'>];
const at = (ip: string, port = 443): SniPlace => ({ ip: ip as IpAddress, port });
const [v4, other4, v6] = [at('192.0.2.1'), at('192.0.2.2'), at('2001:db8::1')];
const held = (name: string, accountId: Id<'account'>): HeldName => ({ name: name as Hostname, accountId });
const site = (id: string, names: string[], accountId = alice) => ({ id: id as Id<'site'>, accountId, names: names as CertificateName[] });

type Told = Partial<Omit<SniFacts, 'addresses'>> & { addresses?: SniFacts['addresses'] };
const found = (entries: readonly SniEntry[], { addresses = [v4], ...facts }: Told) =>
  sniFindings(indexed({ places: addresses, entries }), { now: NOW, sites: [], addresses, domains: [held('example', alice)], ...facts }).map(
    ({ code, name, at: places }) => [code, name, places.length],
  );
const its = (place: SniPlace, name: string, more: Partial<SniEntry> = {}) =>
  entryOf(place, name, { siteId: 'sit_1' as Id<'site'>, ...more });

describe('what is found in a map', () => {
  it('nothing, where each name of each site answers with a certificate that holds for it', () => {
    const sites = [site('sit_1', ['shop.example', 'www.shop.example'])];
    const certificates = [certificateOf(['shop.example', '*.shop.example'])];
    const entries = [v4, v6].flatMap((place) => ['shop.example', 'www.shop.example'].map((name) => its(place, name, { certificates })));
    expect(found(entries, { sites, addresses: [v4, v6] })).toEqual([]);
  });

  it.each<{ name: string; entries: readonly SniEntry[]; told: Told; codes: unknown[] }>([
    {
      name: 'one name of two accounts',
      entries: [its(v4, 'a.example'), entryOf(v4, 'a.example', { accountId: bob, siteId: 'sit_2' as Id<'site'> })],
      told: {},
      codes: [
        ['ANOTHER_TENANTS_NAME', 'a.example', 1],
        ['CONFLICTING_ACCOUNTS', 'a.example', 1],
        ['CONFLICTING_ACCOUNTS', 'a.example', 1],
      ],
    },
    {
      name: 'one name with two certificates of one account',
      entries: [its(v4, 'a.example'), its(v4, 'a.example', { certificates: [certificateOf(['a.example'], alice, 'other')] })],
      told: {},
      codes: [['CONFLICTING_CERTIFICATES', 'a.example', 1]],
    },
    {
      name: 'the same twice, which is no conflict',
      entries: [its(v4, 'a.example'), its(v4, 'a.example')],
      told: {},
      codes: [],
    },
    {
      name: 'a wildcard that an exact name comes before, at two addresses',
      entries: [v4, other4].flatMap((place) => [its(place, '*.a.example'), its(place, 'www.a.example')]),
      told: { addresses: [v4, other4] },
      codes: [['EXACT_BEFORE_WILDCARD', 'www.a.example', 2]],
    },
    {
      name: 'a site below the wildcard of another account',
      entries: [its(v4, '*.a.example'), entryOf(v4, 'www.a.example', { accountId: bob, siteId: 'sit_2' as Id<'site'> })],
      told: { sites: [site('sit_2', ['www.a.example'], bob)], domains: [held('example', alice), held('www.a.example', bob)] },
      codes: [
        ['WILDCARD_OF_ANOTHER', 'www.a.example', 1],
        ['EXACT_BEFORE_WILDCARD', 'www.a.example', 1],
      ],
    },
    {
      name: 'a name of a site that is not bound at one of the addresses',
      entries: [its(v4, 'a.example')],
      told: { sites: [site('sit_1', ['a.example', '*.b.example'])], addresses: [v4, other4] },
      codes: [
        ['NAME_NOT_BOUND', 'a.example', 1],
        ['NAME_NOT_BOUND', '*.b.example', 2],
      ],
    },
    {
      name: 'a name that the wildcard of its own site answers for',
      entries: [its(v4, '*.b.example')],
      told: { sites: [site('sit_1', ['www.b.example', '*.b.example'])] },
      codes: [],
    },
    {
      name: 'certificates that do not hold',
      entries: [
        its(v4, 'a.example', { certificates: [certificateOf(['b.example'])] }),
        its(v4, 'b.example', { certificates: [{ ...certificateOf(['b.example']), notAfter: plus(NOW, days(-1)) }] }),
        its(v4, '*.c.example', { certificates: [{ ...certificateOf(['*.c.example']), notBefore: plus(NOW, days(1)) }] }),
        its(v4, '*.d.example', { certificates: [certificateOf(['d.example', 'www.d.example', '*.www.d.example'])] }),
      ],
      told: {},
      codes: [
        ['CERTIFICATE_LACKS_NAME', 'a.example', 1],
        ['CERTIFICATE_LACKS_NAME', '*.d.example', 1],
        ['CERTIFICATE_EXPIRED', 'b.example', 1],
        ['CERTIFICATE_NOT_YET_VALID', '*.c.example', 1],
      ],
    },
    {
      name: 'IPv4 alone, IPv6 alone, and different certificates',
      entries: [
        its(v4, 'four.example'),
        its(v6, 'six.example'),
        its(v4, 'both.example'),
        its(v6, 'both.example', { certificates: [certificateOf(['both.example'], alice, 'newer')] }),
      ],
      told: { addresses: [v4, v6] },
      codes: [
        ['ONLY_IPV4', 'four.example', 1],
        ['ONLY_IPV6', 'six.example', 1],
        ['DIFFERENT_CERTIFICATES', 'both.example', 2],
      ],
    },
    {
      name: 'IPv4 alone, where the only IPv6 address is dedicated to another',
      entries: [its(v4, 'four.example')],
      told: { addresses: [v4, { ...v6, dedicatedTo: bob }], sites: [site('sit_1', ['four.example'])] },
      codes: [],
    },
    {
      name: 'a site at an address of another account',
      entries: [its(v4, 'a.example')],
      told: { addresses: [{ ...v4, dedicatedTo: bob }] },
      codes: [['DEDICATED_TO_ANOTHER', 'a.example', 1]],
    },
    {
      name: 'a wildcard over a domain that another account holds',
      entries: [its(v4, '*.a.example')],
      told: { domains: [held('example', alice), held('bobs.a.example', bob)] },
      codes: [['ANOTHER_TENANTS_NAME', '*.a.example', 1]],
    },
    {
      name: "another account's certificate",
      entries: [its(v4, 'a.example', { certificates: [certificateOf(['a.example'], bob)] })],
      told: {},
      codes: [['ANOTHER_TENANTS_NAME', 'a.example', 1]],
    },
    { name: 'a name that nobody holds', entries: [its(v4, 'a.test')], told: {}, codes: [['ANOTHER_TENANTS_NAME', 'a.test', 1]] },
  ])('$name', ({ entries, told, codes }) => {
    expect(found(entries, told)).toEqual(codes);
  });
});

describe('no address answers with another tenant’s certificate', () => {
  const places = [v4, v6];

  it('in whatever map the platform lets tenants make', () => {
    fc.assert(
      fc.property(randomTenants(places), ({ map, domains }) => {
        expect(tenantProof(indexed(map), domains)).toEqual([]);
      }),
    );
  });

  it('and where one entry is another’s, that is found, with a name that shows it', () => {
    const wrong = fc.record({ tenants: randomTenants(places), at: fc.nat() }).filter(({ tenants }) => tenants.map.entries.length > 0);
    fc.assert(
      fc.property(wrong, ({ tenants: { map, domains }, at: chosen }) => {
        const index = chosen % map.entries.length;
        const entries = map.entries.map((entry, i) => (i === index ? { ...entry, accountId: 'acc_mallory' as Id<'account'> } : entry));
        const [shown] = tenantProof(indexed({ places, entries }), domains);
        expect(shown?.entry).toEqual(entries[index]);
      }),
    );
  });

  it('of a wildcard that all labels but one are taken of, that one is asked for', () => {
    const taken = ['any', 'any1', 'any2'].map((label) => entryOf(v4, `${label}.a.example`));
    const asked = questions(indexed({ places: [v4], entries: [entryOf(v4, '*.a.example'), ...taken] }), []).map(({ name }) => name);
    expect(asked).toEqual(['any3.a.example', 'any.a.example', 'any1.a.example', 'any2.a.example', 'nobody.invalid', undefined]);
  });
});

describe('a change before it is made', () => {
  const map = { places: [v4], entries: [its(v4, 'a.example'), its(v4, 'b.example')] };
  const wanted = ['a.example', 'c.example'].map((name) => ({ ...v4, name: name as CertificateName }));
  const bound = (newer: ReturnType<typeof certificateOf>) => withBound(map, { id: 'sit_1' as Id<'site'>, accountId: alice }, wanted, newer);

  it('is what would be added, and what would change, from what to what', () => {
    const newer = { ...certificateOf(['a.example', 'c.example']), createdAt: plus(NOW, days(1)) };
    const diff = diffMaps(map, bound(newer));
    expect(diff.added.map(({ name }) => name)).toEqual(['c.example']);
    expect(diff.changed.map(({ from, to }) => [from.certificates[0]!.id, to.certificates[0]!.id])).toEqual([['crt_a.example', newer.id]]);
    expect(diff.removed).toEqual([]);
  });

  it('leaves what is bound to a newer certificate', () => {
    const diff = diffMaps(map, bound({ ...certificateOf(['a.example', 'c.example']), createdAt: plus(NOW, days(-1)) }));
    expect([diff.added.length, diff.changed.length]).toEqual([1, 0]);
  });

  it('of a site that goes is what would be removed', () => {
    const diff = diffMaps(map, withoutSite(map, 'sit_1'));
    expect([diff.added, diff.changed, diff.removed.length]).toEqual([[], [], 2]);
  });

  it('tells only the findings that it makes', () => {
    const facts = { now: NOW, sites: [site('sit_1', ['a.example', 'd.example'])], addresses: [v4], domains: [held('example', alice)] };
    const judged = (each: typeof map) => sniFindings(indexed(each), facts);
    const begun = newFindings(judged(map), judged({ ...map, entries: map.entries.slice(1) }));
    expect(begun.map(({ code, name }) => [code, name])).toEqual([['NAME_NOT_BOUND', 'a.example']]);
  });
});
