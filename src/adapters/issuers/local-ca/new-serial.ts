import type { Random } from '../../../values/random.js';

/** Lower-case hex of 18 octets: 142 random bits (CA/B BR 7.1 asks for 64), positive and below 2^159, never shorter for leading zeros. */
export function newSerial(random: Random): string {
  const octets = random.bytes(18);
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(octets).toString('hex');
}
