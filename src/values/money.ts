/** Money in whole minor units of an ISO 4217 currency; never a float. */
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

/** Digits after the point (ISO 4217). A closed list: a currency is added when somebody prices in it. */
const DIGITS = { USD: 2, EUR: 2, GBP: 2, JPY: 0 } as const;
export type Currency = keyof typeof DIGITS;

export type Money = { readonly minor: bigint; readonly currency: Currency };

export const parseCurrency = (text: string): Result<Currency> =>
  Object.hasOwn(DIGITS, text) ? ok(text as Currency) : err(problem('UNKNOWN_CURRENCY', { text: text.slice(0, 8) }));

export const money = (minor: bigint, currency: Currency): Money => ({ minor, currency });

/** `12.50` for 1250 minor units of EUR. */
export function toAmount({ minor, currency }: Money): string {
  const digits = DIGITS[currency];
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
