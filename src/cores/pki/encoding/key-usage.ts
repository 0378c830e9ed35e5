/** KeyUsage (RFC 5280 4.2.1.3): what the key may be used for. */
import { BIT_STRING, contentOf } from './der.js';

/** In the order of their bits. */
const KEY_USES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUse = (typeof KEY_USES)[number];

/** Undefined where `der` is no string of bits. */
export function readKeyUsage(der: Uint8Array): KeyUse[] | undefined {
  const [unused, ...octets] = contentOf(BIT_STRING, der) ?? [];
  if (unused === undefined || unused > 7 || (unused > 0 && octets.length === 0)) return undefined;
  const bits = octets.length * 8 - unused;
  return KEY_USES.filter((_, bit) => bit < bits && ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}
