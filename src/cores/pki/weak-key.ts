/** Public keys that nobody may be given a certificate for (CA/B BR 6.1.1.3, 6.1.5, 6.1.6). Debian's weak keys of 2008 need a list that is not shipped. */
import { KEY_ALGORITHMS, keyAlgorithmOf, readPublicKey } from './encoding/key-algorithm.js';

/** What is wrong with the key, in a few words; undefined where it may be certified. `spki`: SubjectPublicKeyInfo, DER. */
export function weaknessOf(spki: Uint8Array): string | undefined {
  const algorithm = keyAlgorithmOf(spki);
  if (!(KEY_ALGORITHMS as readonly string[]).includes(algorithm)) return `a key of kind ${algorithm} is not allowed`;
  if (!algorithm.startsWith('RSA_')) return undefined;
  const { n = '', e = '' } = readPublicKey(spki)?.export({ format: 'jwk' }) ?? {};
  const modulus = toBigInt(n);
  const exponent = toBigInt(e);
  // BR 6.1.6: odd, and in the range that is recommended there; smaller ones make padding mistakes fatal.
  if (exponent < 65537n || exponent % 2n === 0n || exponent >= 1n << 256n) return 'the RSA exponent is out of range';
  if (SMALL_PRIMES.some((prime) => modulus % BigInt(prime) === 0n)) return 'the RSA modulus has a small factor';
  if (isRocaWeak(modulus)) return 'the key was made by a broken smart card library (ROCA, CVE-2017-15361)';
  if (isFermatWeak(modulus)) return 'the two primes of the RSA key are too close together (Fermat)';
  return undefined;
}

const toBigInt = (base64url: string): bigint => BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex') || '0'}`);

/** BR 6.1.6: no factor smaller than 752. */
const SMALL_PRIMES = Array.from({ length: 750 }, (_, i) => i + 2).filter((n) => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
});

/** Infineon's primes are k*M + 65537^a mod M, so the modulus is a power of 65537 modulo every small prime (Nemec et al., CCS 2017). */
const ROCA_SUBGROUPS = SMALL_PRIMES.filter((prime) => prime > 2 && prime <= 167).map((prime) => {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65537) % prime) powers.add(power);
  return { prime: BigInt(prime), powers };
});
const isRocaWeak = (modulus: bigint): boolean => ROCA_SUBGROUPS.every(({ prime, powers }) => powers.has(Number(modulus % prime)));

/** BR 6.1.1.3 asks for 100 rounds; sound keys do not fall in 2^100. */
function isFermatWeak(modulus: bigint): boolean {
  let a = squareRoot(modulus);
  if (a * a < modulus) a += 1n;
  for (let round = 0; round < 100; round++, a += 1n) {
    const rest = a * a - modulus;
    const b = squareRoot(rest);
    if (b * b === rest) return true;
  }
  return false;
}

/** Newton, rounded down. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
