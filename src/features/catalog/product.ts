/** Products: what can be ordered, from which issuer, and at what price. */
import type { Id } from '../../values/id.js';
import { parseLabel } from '../../values/label.js';
import type { Money } from '../../values/money.js';
import { about, problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';

/** How much of its subject a CA checks: control of the names, the organization too, the organization in depth (CA/B BR 7.1.6.1, EVG). */
export const VALIDATION_LEVELS = ['DV', 'OV', 'EV'] as const;
export type ValidationLevel = (typeof VALIDATION_LEVELS)[number];

export type Product = {
  readonly id: Id<'product'>;
  /** What callers order by: `dv`. Unique, never reused. */
  readonly code: string;
  readonly title: string;
  readonly level: ValidationLevel;
  /** The issuer that the shipped list or an administrator chose for it. Absent: the platform's default. */
  readonly pinnedTo?: string;
  /** Per year; absent where it is sold by quote. */
  readonly price?: Money;
};

/** With the issuer that would sign now; absent where the quote names it. */
export type OfferedProduct = Product & { readonly issuerId?: string };

export const offered = (product: Product, defaultIssuerId: string): OfferedProduct =>
  isByQuote(product) ? product : { ...product, issuerId: product.pinnedTo ?? defaultIssuerId };

/** People check the organization, so the price depends on the case and comes with the quote. */
export const isByQuote = (product: Product): boolean => product.price === undefined;

export type ProductIssuerInput = { product: string; issuerId?: string | null };
/** `issuerId` absent: the platform's default, whatever it is then. */
export type ProductIssuer = { readonly product: string; readonly issuerId?: string };

export function parseProductIssuer({ product, issuerId }: ProductIssuerInput): Result<ProductIssuer> {
  return allFields({ product: parseLabel(product), issuerId: issuerId == null ? ok(undefined) : parseLabel(issuerId) });
}

/** What decides whether an issuer may sign a product; the issuer is absent where the platform has none of that name. */
type IssuerFacts = { readonly title: string; readonly levels: readonly ValidationLevel[] };

/** QUOTE_REQUIRED where the issuer comes with the quote, ISSUER_UNKNOWN, ISSUER_REFUSED where it does not check that much. */
export function pinned(product: Product, issuerId: string | undefined, issuer: IssuerFacts | undefined): Result<Product> {
  if (isByQuote(product)) return err(about('product', problem('QUOTE_REQUIRED', { product: product.title })));
  const { pinnedTo: _, ...unpinned } = product;
  if (issuerId === undefined) return ok(unpinned);
  if (issuer === undefined) return err(about('issuerId', problem('ISSUER_UNKNOWN', { issuer: issuerId })));
  if (issuer.levels.includes(product.level)) return ok({ ...unpinned, pinnedTo: issuerId });
  return err(about('issuerId', problem('ISSUER_REFUSED', { issuer: issuer.title, detail: `it does not vet for ${product.level}` })));
}
