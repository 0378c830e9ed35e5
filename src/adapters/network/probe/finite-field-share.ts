/**
 * Diffie-Hellman in finite fields. By our own arithmetic: OpenSSL's would first test a stranger's prime, which takes a tenth of a second,
 * or longer, as the stranger likes. Whether the prime is a good one is no matter for a handshake that carries nothing.
 */
import type { KeyShare } from '../../../cores/tls/client/client-tools.js';
import type { Random } from '../../../values/random.js';

/** A power in a field of so many bits takes about 16 ms here. */
const MAX_BITS = 8192;
/** RFC 7919 5.2: enough for any of its fields. */
const EXPONENT_BYTES = 48;

/** A server's own field (RFC 5246 7.4.3). The secret is without leading zeros (8.1.2). Undefined for a field that is none, or too large. */
export function finiteFieldShare(prime: Uint8Array, generator: Uint8Array, random: Random): KeyShare | undefined {
  return share({ prime: toInteger(prime), generator: toInteger(generator) }, random, (secret) => {
    const first = secret.findIndex((byte) => byte !== 0);
    return secret.subarray(first);
  });
}

/** A field of RFC 7919, in TLS 1.3: shares and secret as long as the prime (RFC 8446 4.2.8.1, 7.4.1). */
export function ffdheShare(name: string, random: Random): KeyShare | undefined {
  const prime = ffdhePrime(name);
  return prime === undefined ? undefined : share({ prime, generator: 2n }, random, (secret) => secret);
}

type Field = { readonly prime: bigint; readonly generator: bigint };

function share({ prime, generator }: Field, random: Random, spell: (secret: Uint8Array) => Uint8Array): KeyShare | undefined {
  const length = Math.ceil(prime.toString(16).length / 2);
  if (prime < 5n || length * 8 > MAX_BITS || generator < 2n || generator > prime - 2n) return undefined;
  const exponent = toInteger(random.bytes(EXPONENT_BYTES));
  return {
    publicKey: toBytes(power(generator, exponent, prime), length),
    agree(peerShare) {
      const theirs = toInteger(peerShare);
      // RFC 7919 5.1: the others are in a group of two.
      if (peerShare.length > length || theirs < 2n || theirs > prime - 2n) return undefined;
      return spell(toBytes(power(theirs, exponent, prime), length));
    },
  };
}

/** RFC 7919 A: 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1. */
const OFFSETS: Readonly<Record<string, bigint>> = {
  ffdhe2048: 560_316n,
  ffdhe3072: 2_625_351n,
  ffdhe4096: 5_736_041n,
  ffdhe6144: 15_705_020n,
  ffdhe8192: 10_965_728n,
};

function ffdhePrime(name: string): bigint | undefined {
  const offset = OFFSETS[name];
  if (offset === undefined) return undefined;
  const bits = BigInt(name.slice('ffdhe'.length));
  return (1n << bits) - (1n << (bits - 64n)) + ((eTimesPowerOfTwo(bits - 130n) + offset) << 64n) - 1n;
}

/** floor(2^bits e), by its series, with some bits to spare for what each term rounds off. */
function eTimesPowerOfTwo(bits: bigint): bigint {
  const spare = 64n;
  let [sum, term] = [0n, 1n << (bits + spare)];
  for (let n = 1n; term > 0n; n++) {
    sum += term;
    term /= n;
  }
  return sum >> spare;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const toBytes = (value: bigint, length: number): Buffer => Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
