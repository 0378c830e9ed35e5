import { describe, expect, it } from 'vitest';
import type { Domain } from '../../../../src/features/domains/domain.js';
import { mainDomain, namesInUse, parseNewSite, wildcardsOverOthers, type NewSite } from '../../../../src/features/sites/site.js';
import type { CertificateName, Hostname } from '../../../../src/values/hostname.js';
import type { Id } from '../../../../src/values/id.js';
import { instant } from '../../../../src/values/instant.js';
import { MAX_NAMES } from '../../../../src/values/name-list.js';

const host = (text: string) => text as Hostname;
const alice = 'acc_alice' as Id<'account'>;
const bob = 'acc_bob' as Id<'account'>;
const many = (count: number) => Array.from({ length: count }, (_, index) => `n${index}.shop.example`);

describe('names of a new site', () => {
  it.each([
    { name: 'none', names: [], problem: { code: 'TOO_FEW' } },
    { name: 'more than a certificate has room for', names: many(MAX_NAMES + 1), problem: { code: 'TOO_MANY' } },
    {
      name: 'a wildcard within',
      names: ['a.*.example'],
      problem: { code: 'INVALID_INPUT', sub: [{ subject: '0', code: 'NOT_A_HOSTNAME' }] },
    },
    { name: 'two of them', names: ['*.*.example'], problem: { code: 'INVALID_INPUT', sub: [{ subject: '0', code: 'NOT_A_HOSTNAME' }] } },
    {
      name: 'an address among names',
      names: ['a.example', '::1'],
      problem: { code: 'INVALID_INPUT', sub: [{ subject: '1', code: 'NAME_IS_AN_IP_ADDRESS' }] },
    },
  ])('are refused: $name', ({ names, problem }) => {
    expect(parseNewSite({ names }, alice, 'NONE')).toMatchObject({ ok: false, problem: { sub: [{ subject: 'names', ...problem }] } });
  });

  it('keep their order, since the first is the main one', () => {
    const parsed = parseNewSite({ names: ['www.shop.example', 'shop.example'] }, alice, 'NONE');
    expect(parsed).toEqual({
      ok: true,
      value: { accountId: alice, serverId: null, names: ['www.shop.example', 'shop.example'], route: 'NONE' },
    });
  });

  it('count once each, in whatever spelling they come', () => {
    const names = ['münchen.example', 'shop.example', '*.münchen.example', 'xn--mnchen-3ya.example', 'SHOP.example.', '*.MÜNCHEN.example'];
    const parsed = parseNewSite({ names }, alice, 'NONE');
    expect(parsed).toMatchObject({ ok: true, value: { names: ['xn--mnchen-3ya.example', 'shop.example', '*.xn--mnchen-3ya.example'] } });
  });

  it('may be as many as a certificate has room for', () => {
    expect(parseNewSite({ names: many(MAX_NAMES) }, alice, 'NONE').ok).toBe(true);
  });
});

describe("a new site's domain", () => {
  const domain = (accountId: Id<'account'>, name: string): Domain => ({
    id: `dom_${name}` as Id<'domain'>,
    accountId,
    name: host(name),
    createdAt: instant(0),
  });
  const wanted: NewSite = { accountId: alice, serverId: null, names: [host('shop.example'), host('a.shop.example')], route: 'NONE' };

  it('is the one of its main name', () => {
    const own = domain(alice, 'shop.example');
    const given = domain(alice, 'a.shop.example');
    const holders = new Map([[host('shop.example'), own], [host('a.shop.example'), given]]); // prettier-ignore
    expect(mainDomain(wanted, holders)).toEqual({ ok: true, value: own });
  });

  it('has to be of the account, for each name: a part that was given to another account is named', () => {
    const holders = new Map([[host('shop.example'), domain(alice, 'shop.example')], [host('a.shop.example'), domain(bob, 'a.shop.example')]]); // prettier-ignore
    expect(mainDomain(wanted, holders)).toMatchObject({
      ok: false,
      problem: { sub: [{ subject: 'a.shop.example', code: 'NAME_NOT_COVERED' }] },
    });
  });

  it('names every name that nobody holds', () => {
    const outcome = mainDomain(wanted, new Map());
    expect(!outcome.ok && outcome.problem.sub.map((problem) => problem.subject)).toEqual(['shop.example', 'a.shop.example']);
  });
});

it('names that other sites have are a conflict that names each', () => {
  expect(namesInUse([host('a.example')])).toMatchObject({ code: 'NAME_IN_USE', subject: 'a.example', sub: [] });
  expect(namesInUse([host('a.example'), host('b.example')]).sub.map((problem) => problem.subject)).toEqual(['a.example', 'b.example']);
});

describe('a wildcard', () => {
  const below = (accountId: Id<'account'>, name: string) => ({ accountId, name: host(name) }) as Domain;
  const wanted: NewSite = {
    accountId: alice,
    serverId: null,
    names: ['*.shop.example', 'a.shop.example'].map((name) => name as CertificateName),
    route: 'NONE',
  };
  it.each([
    { name: 'nothing below it', there: [], over: [] },
    { name: 'a domain of its own account', there: [below(alice, 'a.shop.example')], over: [] },
    { name: 'a domain of another account', there: [below(bob, 'b.shop.example')], over: ['*.shop.example'] },
    { name: 'one two labels below, which it does not stand for', there: [below(bob, 'c.b.shop.example')], over: [] },
  ])('over $name: $over', ({ there, over }) => {
    expect(wildcardsOverOthers(wanted, there)).toEqual(over);
  });

  it('is within the domain of what is behind its star', () => {
    const own = below(alice, 'shop.example');
    const holders = new Map([host('shop.example'), host('a.shop.example')].map((name) => [name, own]));
    expect(mainDomain(wanted, holders)).toEqual({ ok: true, value: own });
  });
});
