/**
 * Ids: a UUIDv7 (RFC 9562 5.7, so that they sort by time of birth) behind a prefix that says what it names,
 * written in Crockford's base 32: `ord_01kh2…`. The same text is used in the database, in logs and over GraphQL.
 */
import { problem } from './problems/problem.js';
import type { Instant } from './instant.js';
import type { Random } from './random.js';
import { err, ok, type Result } from './result.js';

export const ID_PREFIXES = {
  account: 'acc',
  address: 'adr',
  alarm: 'alm',
  audit: 'aud',
  binding: 'bnd',
  certificate: 'crt',
  check: 'chk',
  deployment: 'dep',
  domain: 'dom',
  finding: 'fnd',
  host: 'hos',
  move: 'mov',
  observation: 'obs',
  order: 'ord',
  pool: 'pol',
  product: 'prd',
  repair: 'rep',
  server: 'srv',
  site: 'sit',
  token: 'tok',
  vault: 'vlt',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;
declare const brand: unique symbol;
export type Id<K extends IdKind> = string & { readonly [brand]: K };

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SHAPE = /^([a-z]{3})_([0-7][0-9a-hjkmnp-tv-z]{25})$/;

export function newId<K extends IdKind>(kind: K, now: Instant, random: Random): Id<K> {
  const entropy = random.bytes(10);
  let bits = BigInt(now) << 80n;
  entropy.forEach((byte, i) => (bits |= BigInt(byte) << BigInt(72 - 8 * i)));
  // version 7 in bits 76..79, variant 0b10 in bits 62..63
  bits = (bits & ~(0xfn << 76n)) | (0x7n << 76n);
  bits = (bits & ~(0x3n << 62n)) | (0x2n << 62n);
  let text = '';
  for (let i = 0; i < 26; i++, bits >>= 5n) text = ALPHABET[Number(bits & 31n)] + text;
  return `${ID_PREFIXES[kind]}_${text}` as Id<K>;
}

export function parseId<K extends IdKind>(kind: K, text: string): Result<Id<K>> {
  const match = SHAPE.exec(text);
  if (match?.[1] === ID_PREFIXES[kind]) return ok(text as Id<K>);
  return err(problem('NOT_AN_ID', { expected: `${ID_PREFIXES[kind]}_…`, text: text.slice(0, 40) }));
}
