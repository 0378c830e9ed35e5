import { expect, it } from 'vitest';
import { PRICE_LIST } from '../../../../src/features/catalog/price-list.js';
import { isByQuote } from '../../../../src/features/catalog/product.js';
import { toAmount } from '../../../../src/values/money.js';

const shown = PRICE_LIST.map(({ code, level, pinnedTo, price }) => [
  code,
  level,
  pinnedTo ?? 'default',
  price ? `${toAmount(price)} ${price.currency}` : 'by quote',
]);

it('the shipped price list: DV for 8.00 USD a year, OV and EV by quote, internal names for nothing', () => {
  expect(shown).toEqual([
    ['dv', 'DV', 'default', '8.00 USD'],
    ['ov', 'OV', 'default', 'by quote'],
    ['ev', 'EV', 'default', 'by quote'],
    ['internal', 'DV', 'local-ca', '0.00 USD'],
  ]);
});

it('a product is by quote exactly where it has no price: 0.00 is a price', () => {
  const byQuote = PRICE_LIST.filter((product) => isByQuote({ ...product, id: 'prd_x' as never }));
  expect(byQuote.map((product) => product.code)).toEqual(['ov', 'ev']);
});
