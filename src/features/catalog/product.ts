/** Products: what can be ordered, from which issuer, and at what price. */
import type { Id } from '../../values/id.js';
import type { Money } from '../../values/money.js';

/** How much of its subject a CA checks: control of the names, the organization too, the organization in depth (CA/B BR 7.1.6.1, EVG). */
export const VALIDATION_LEVELS = ['DV', 'OV', 'EV'] as const;
export type ValidationLevel = (typeof VALIDATION_LEVELS)[number];

export type Product = {
  readonly id: Id<'product'>;
  /** What callers order by: `dv`. Unique, never reused. */
  readonly code: string;
  readonly title: string;
  readonly level: ValidationLevel;
  /** `local-ca`; empty where the quote names the issuer. */
  readonly issuerId: string;
  /** Per year; absent where it is sold by quote. */
  readonly price?: Money;
};

/** People check the organization, so the price depends on the case and comes with the quote. */
export const isByQuote = (product: Product): boolean => product.price === undefined;
