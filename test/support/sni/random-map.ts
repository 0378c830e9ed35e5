/** SNI maps by chance, with names that get into each other's way: exact names, wildcards over them, IDN, two tenants. */
import fc from 'fast-check';
import type { SniEntry, SniMap, SniPlace } from '../../../src/features/bindings/sni-map.js';
import type { HeldName } from '../../../src/features/domains/domain.js';
import type { CertificateOutline } from '../../../src/features/certificates/certificate.js';
import {
  covers,
  isWildcard,
  parseCertificateName,
  withoutWildcard,
  type CertificateName,
  type Hostname,
} from '../../../src/values/hostname.js';
import type { Id } from '../../../src/values/id.js';
import { days, instant, plus } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';

export const NOW = instant(Date.UTC(2026, 0, 1));

export const certificateOf = (names: readonly string[], accountId = 'acc_a', id = names.join(' ')): CertificateOutline => ({
  id: `crt_${id}` as Id<'certificate'>,
  accountId: accountId as Id<'account'>,
  names: names as readonly CertificateName[],
  keyAlgorithm: 'ECDSA_P256',
  notBefore: NOW,
  notAfter: plus(NOW, days(90)),
  createdAt: NOW,
});

/** Of a site of its own, with a certificate for just that name. */
export const entryOf = (place: SniPlace, name: string, more: Partial<SniEntry> = {}): SniEntry => {
  const accountId = more.accountId ?? ('acc_a' as Id<'account'>);
  const parsed = unwrap(parseCertificateName(name));
  return {
    ...place,
    accountId,
    siteId: `sit_${parsed}` as Id<'site'>,
    certificates: [certificateOf([parsed], accountId)],
    ...more,
    name: parsed,
  };
};

const BASES = ['one.example', 'two.example', 'www.one.example', 'a.b.two.example', 'bücher.example', 'straße.two.example'];
const FIRST = ['', '*.', 'www.', 'mail.', '*.deep.', 'x--y.', 'shop-1.'];
/** All of them in their normal form. */
export const NAME_POOL: readonly CertificateName[] = [
  ...new Set(BASES.flatMap((base) => FIRST.map((first) => unwrap(parseCertificateName(`${first}${base}`))))),
];

/** Some of the names at some of the places, each place with names of its own. */
export const randomMap = (places: readonly SniPlace[], most = 12): fc.Arbitrary<SniMap> =>
  fc
    .uniqueArray(fc.record({ place: fc.nat(places.length - 1), name: fc.constantFrom(...NAME_POOL) }), {
      maxLength: most,
      selector: ({ place, name }) => `${place} ${name}`,
    })
    .map((drawn) => ({ places, entries: drawn.map(({ place, name }) => entryOf(places[place]!, name)) }));

/** The same with a label of its own below `example`: several maps on one server do not get into each other's way. */
export const apart = ({ places, entries }: SniMap, label: string): SniMap => ({
  places,
  entries: entries.map((entry) => entryOf(entry, entry.name.replace(/example$/, `${label}.example`))),
});

/** Names that clients may ask for: every one of the pool and its relatives, in spellings that clients use, and some that nobody has. */
export const askedNames = ({ entries }: SniMap): readonly string[] => {
  const bound = entries.map(({ name }) => withoutWildcard(name));
  const related = bound.flatMap((name) => [
    name,
    `any.${name}`,
    `www.${name}`,
    `a.b.${name}`,
    `_x.${name}`,
    name.slice(name.indexOf('.') + 1),
  ]);
  return [...new Set([...related, ...bound.map((name) => name.toUpperCase()), 'nobody.invalid', 'localhost'])];
};

/** Two tenants that share out a tree of names as the platform lets them: a wildcard never stands over the domain of another. */
export const randomTenants = (places: readonly SniPlace[]): fc.Arbitrary<{ map: SniMap; domains: readonly HeldName[] }> =>
  fc
    .record({
      given: fc.subarray(['www.one.example', 'deep.two.example', 'mail.two.example', 'xn--bcher-kva.example'] as Hostname[]),
      map: randomMap(places, 30),
    })
    .map(({ given, map }) => {
      const domains: HeldName[] = [
        ...['one.example', 'two.example', 'bücher.example'].map((text) => ({
          name: withoutWildcard(unwrap(parseCertificateName(text))),
          accountId: 'acc_a' as Id<'account'>,
        })),
      ]
        .filter(({ name }) => !given.includes(name))
        .concat(given.map((name) => ({ name, accountId: 'acc_b' as Id<'account'> })));
      const holder = (name: Hostname) =>
        domains.filter((domain) => `.${name}`.endsWith(`.${domain.name}`)).sort((a, b) => b.name.length - a.name.length)[0];
      const lawful = map.entries.flatMap((entry): SniEntry[] => {
        const accountId = holder(withoutWildcard(entry.name))!.accountId;
        const overOthers = isWildcard(entry.name) && domains.some((each) => each.accountId !== accountId && covers(entry.name, each.name));
        return overOthers ? [] : [entryOf(entry, entry.name, { accountId })];
      });
      return { map: { places, entries: lawful }, domains };
    });
