/** The price list as it is shipped. A platform gets what is missing at each start; what its administrators changed stays theirs. */
import { money } from '../../values/money.js';
import type { Product } from './product.js';

/** Ids are given when a platform takes them in. */
export const PRICE_LIST: readonly Omit<Product, 'id'>[] = [
  { code: 'dv', title: 'Domain validated', level: 'DV', price: money(800n, 'USD') },
  { code: 'ov', title: 'Organization validated', level: 'OV' },
  { code: 'ev', title: 'Extended validation', level: 'EV' },
  {
    code: 'internal',
    title: 'Certificate of the built-in CA, for internal names',
    level: 'DV',
    pinnedTo: 'local-ca',
    price: money(0n, 'USD'),
  },
];
