import { SINCE_EVER, type Lint } from './lint.js';

/** Positive, below 2^159, and long enough for 64 random bits: a serial that can be foretold helps hash collisions (MD5, 2008). */
export const serialUnpredictable: Lint = {
  id: 'serial-unpredictable',
  source: 'CA/B BR 7.1.2.7, RFC 5280 4.1.2.2',
  effectiveFrom: SINCE_EVER,
  check: ({ serial }) => {
    if (serial.startsWith('-') || /^0*$/.test(serial)) return 'it is not positive';
    const bits = BigInt(`0x${serial}`).toString(2).length;
    if (bits > 159) return 'it is 2^159 or more';
    // One random serial in 65,536 has 16 leading zero bits, so a shorter one is taken for a counter only from 48 bits down.
    return bits <= 48 ? 'it is too short for 64 random bits' : undefined;
  },
};
