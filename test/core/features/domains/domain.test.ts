import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../../src/features/accounts/account.js';
import {
  mayAnswer,
  mayHold,
  mayTake,
  nameAndAbove,
  parseNewDomain,
  territoryOf,
  type Domain,
} from '../../../../src/features/domains/domain.js';
import type { AccountKind } from '../../../../src/values/actor.js';
import { isWithin, type CertificateName, type Hostname } from '../../../../src/values/hostname.js';
import type { Id } from '../../../../src/values/id.js';
import { instant } from '../../../../src/values/instant.js';

const host = (text: string) => text as Hostname;
const account = (path: string, kind: AccountKind = 'CUSTOMER'): Account => {
  const id = path.split('/').at(-2)! as Id<'account'>;
  return { id, path, kind, name: id, createdAt: instant(0) };
};
const root = account('root/', 'ADMIN');
const reseller = account('root/reseller/', 'RESELLER');
const alice = account('root/reseller/alice/');
const bob = account('root/bob/');
const held = (by: Account, name: string): Domain => ({
  id: `dom_${name}` as Id<'domain'>,
  accountId: by.id,
  name: host(name),
  createdAt: instant(0),
});

describe('who may hold what', () => {
  const panel = [host('localhost')];
  it.each([
    { name: 'a registered name', who: bob, domain: 'bob.example', may: true },
    { name: 'a name below one', who: bob, domain: 'a.b.bob.example', may: true },
    { name: 'a top-level domain', who: bob, domain: 'com', may: false },
    { name: 'a suffix of two labels', who: bob, domain: 'co.uk', may: false },
    { name: 'a private suffix, where strangers host', who: bob, domain: 'github.io', may: false },
    { name: 'a name under a private suffix', who: bob, domain: 'bob.github.io', may: true },
    { name: "the panel's own name, for an administrator", who: root, domain: 'localhost', may: true },
    { name: "the panel's own name, for anybody else", who: reseller, domain: 'localhost', may: false },
    { name: 'another suffix, for an administrator', who: root, domain: 'com', may: false },
  ])('$name: $may', ({ who, domain, may }) => {
    expect(mayHold(who, host(domain), panel).ok).toBe(may);
  });
});

describe('who may take what others hold', () => {
  const cases: { name: string; giver: Account; taker: Account; wants: string; there: Domain[]; may: boolean }[] = [
    { name: 'a name that nobody holds', giver: bob, taker: bob, wants: 'bob.example', there: [], may: true },
    { name: 'the same name', giver: bob, taker: bob, wants: 'shop.example', there: [held(alice, 'shop.example')], may: false },
    { name: "one's own name again", giver: bob, taker: bob, wants: 'bob.example', there: [held(bob, 'bob.example')], may: false },
    {
      name: "a name below another's",
      giver: bob,
      taker: bob,
      wants: 'evil.shop.example',
      there: [held(alice, 'shop.example')],
      may: false,
    },
    {
      name: "the name above another's",
      giver: bob,
      taker: bob,
      wants: 'example.test',
      there: [held(alice, 'shop.example.test')],
      may: false,
    },
    { name: "a name below one's own", giver: bob, taker: bob, wants: 'a.bob.example', there: [held(bob, 'bob.example')], may: true },
    {
      name: "a part of the provider's domain, given by it",
      giver: root,
      taker: bob,
      wants: 'bob.host.example',
      there: [held(root, 'host.example')],
      may: true,
    },
    {
      name: "a part of the provider's domain, unasked",
      giver: bob,
      taker: bob,
      wants: 'login.host.example',
      there: [held(root, 'host.example')],
      may: false,
    },
    {
      name: "a part of a customer's domain, given to another customer",
      giver: root,
      taker: bob,
      wants: 'a.shop.example',
      there: [held(alice, 'shop.example')],
      may: false,
    },
    {
      name: 'a part of the part that one was given',
      giver: bob,
      taker: bob,
      wants: 'a.bob.host.example',
      there: [held(root, 'host.example'), held(bob, 'bob.host.example')],
      may: true,
    },
    {
      name: "a part of the part that another was given, from the domain's holder",
      giver: root,
      taker: root,
      wants: 'a.bob.host.example',
      there: [held(root, 'host.example'), held(bob, 'bob.host.example')],
      may: false,
    },
    {
      name: "a name given by a reseller from its administrator's domain",
      giver: reseller,
      taker: alice,
      wants: 'alice.host.example',
      there: [held(root, 'host.example')],
      may: false,
    },
  ];
  it.each(cases)('$name: $may', ({ giver, taker, wants, there, may }) => {
    expect(mayTake(host(wants), { accountPath: giver.path }, taker, there).ok).toBe(may);
  });
});

it('a refusal does not say who holds the other name, or which it is', () => {
  const refused = mayTake(host('example.test'), { accountPath: bob.path }, bob, [held(alice, 'shop.example.test')]);
  expect(JSON.stringify(refused)).not.toMatch(/alice|shop/);
});

describe('a domain for which sites answer already', () => {
  const wants = { accountId: bob.id, name: host('bob.host.example') };
  const served = (by: Account, name: string) => ({ accountId: by.id, name: name as CertificateName });
  it.each<{ name: string; sites: ReturnType<typeof served>[]; there?: Domain[]; may: boolean }>([
    { name: 'none', sites: [], may: true },
    { name: "the taker's own", sites: [served(bob, 'bob.host.example'), served(bob, '*.host.example')], may: true },
    { name: "another's, for the name itself", sites: [served(root, 'bob.host.example')], may: false },
    { name: "another's, for a name below", sites: [served(root, 'www.bob.host.example')], may: false },
    { name: "another's wildcard below", sites: [served(root, '*.a.bob.host.example')], may: false },
    { name: "another's wildcard that stands for it", sites: [served(root, '*.host.example')], may: false },
    {
      name: 'of one who holds that part already',
      sites: [served(alice, 'www.a.bob.host.example'), served(alice, '*.a.bob.host.example')],
      there: [held(alice, 'a.bob.host.example')],
      may: true,
    },
  ])('$name: $may', ({ sites, there = [], may }) => {
    expect(mayAnswer(wants, [held(root, 'host.example'), ...there], sites).ok).toBe(may);
  });
});

const labels = fc.constantFrom('a', 'b', 'shop', 'localhost', 'com', 'co', 'uk', 'example', 'github', 'io');
const names = fc.array(labels, { minLength: 1, maxLength: 5 }).map((parts) => host(parts.join('.')));

it('two names that overlap and may be held wait for the same lock', () => {
  const panel = [host('localhost')];
  const holdable = names.filter((name) => mayHold(root, name, panel).ok);
  fc.assert(
    fc.property(holdable, holdable, (one, other) => {
      if (isWithin(one, other)) expect(territoryOf(one, panel)).toBe(territoryOf(other, panel));
    }),
  );
});

it('a name is within itself and each name above, nearest first', () => {
  expect(nameAndAbove(host('a.shop.example'))).toEqual(['a.shop.example', 'shop.example', 'example']);
});

it('a domain is read in any spelling of its name, for the caller unless another account is named', () => {
  const parsed = parseNewDomain({ name: 'MÜNCHEN.example.' }, bob.id);
  expect(parsed).toEqual({ ok: true, value: { accountId: bob.id, name: 'xn--mnchen-3ya.example' } });
  expect(parseNewDomain({ name: '192.0.2.1', accountId: 'root' }, bob.id)).toMatchObject({
    problem: {
      sub: [
        { subject: 'accountId', code: 'NOT_AN_ID' },
        { subject: 'name', code: 'NAME_IS_AN_IP_ADDRESS' },
      ],
    },
  });
});
