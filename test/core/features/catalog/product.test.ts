import { describe, expect, it } from 'vitest';
import { offered, parseProductIssuer, pinned, type Product } from '../../../../src/features/catalog/product.js';
import { money } from '../../../../src/values/money.js';

const dv: Product = { id: 'prd_1' as never, code: 'dv', title: 'Domain validated', level: 'DV', price: money(800n, 'USD') };
const byQuote: Product = { id: 'prd_2' as never, code: 'ov', title: 'Organization validated', level: 'OV' };
const priced: Product = { ...byQuote, price: money(9900n, 'USD') };
const acme = { title: 'ACME', levels: ['DV'] as const };

it.each([
  ['a product that nobody pinned goes to the default issuer', dv, 'acme-a'],
  ['a pinned one goes where it is pinned to', { ...dv, pinnedTo: 'local-ca' }, 'local-ca'],
  ['one that is sold by quote goes to whom the quote names', byQuote, undefined],
])('%s', (_, product, issuerId) => {
  expect(offered(product, 'acme-a').issuerId).toBe(issuerId);
});

describe('pinning', () => {
  it.each([
    ['to an issuer', dv, 'acme-a', acme, { ok: true, value: { ...dv, pinnedTo: 'acme-a' } }],
    ['to none takes the pin out', { ...dv, pinnedTo: 'acme-a' }, undefined, undefined, { ok: true, value: dv }],
    ['to an issuer that there is not', dv, 'acme-b', undefined, { problem: { code: 'ISSUER_UNKNOWN', subject: 'issuerId' } }],
    ['of what is sold by quote', byQuote, 'acme-a', acme, { problem: { code: 'QUOTE_REQUIRED', subject: 'product' } }],
    [
      'to an issuer that does not check that much',
      ...([priced, 'acme-a', acme] as const),
      { problem: { code: 'ISSUER_REFUSED', subject: 'issuerId', facts: { detail: 'it does not vet for OV' } } },
    ],
  ] as const)('%s', (_, product, issuerId, issuer, expected) => {
    const outcome = pinned(product, issuerId, issuer);
    expect(outcome).toMatchObject(expected);
    if (outcome.ok) expect(outcome.value).toEqual('value' in expected && expected.value);
  });

  it('null and nothing mean the default alike', () => {
    expect(parseProductIssuer({ product: 'dv', issuerId: null })).toEqual(parseProductIssuer({ product: 'dv' }));
  });
});
