/** The public key, beyond its kind and size (RFC 3279 2.3.1, CA/B BR 6.1.6, 7.1.3.1.1). Which kinds there may be is asked of every path. */
import { contentOf, readElements, SEQUENCE } from '../encoding/der.js';
import type { Rule } from './rule.js';

/** `rsaEncryption` with NULL, byte for byte (CA/B BR 7.1.3.1.1). */
const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex');

export const rsaParameters: Rule = ({ certificate, written }) => {
  const [algorithm] = readElements(written.publicKey.content) ?? [];
  const spelled = algorithm !== undefined && RSA_ENCRYPTION.equals(algorithm.bytes);
  return certificate.keyAlgorithm.startsWith('RSA_') && !spelled
    ? 'the algorithm of its RSA key is not written as rsaEncryption with NULL'
    : undefined;
};

/** CA/B BR 6.1.5: a multiple of eight bits. */
export const rsaModulus: Rule = ({ certificate: { keyAlgorithm } }) => {
  const bits = /^RSA_(\d+)$/.exec(keyAlgorithm)?.[1];
  return bits !== undefined && Number(bits) % 8 !== 0 ? `its RSA key has ${bits} bits, no multiple of 8` : undefined;
};

/** CA/B BR 6.1.6: odd, and 3 at least. */
export const rsaExponent: Rule = ({ certificate, written }) => {
  if (!certificate.keyAlgorithm.startsWith('RSA_')) return undefined;
  const [, key] = readElements(written.publicKey.content) ?? [];
  const numbers = readElements(contentOf(SEQUENCE, key?.content.subarray(1) ?? Uint8Array.of()) ?? Uint8Array.of()) ?? [];
  const exponent = BigInt(`0x${Buffer.from(numbers[1]?.content ?? []).toString('hex') || '0'}`);
  return exponent < 3n || exponent % 2n === 0n ? 'its RSA exponent is even or smaller than 3' : undefined;
};
