/** What certificates, requests and revocation lists have in common: something signed, with what, and the signature (RFC 5280 4.1, RFC 2986 4). */
import { readAlgorithmIdentifier } from './algorithm-identifier.js';
import { BIT_STRING, contentOf, readElements, SEQUENCE, type Element } from './der.js';
import { signatureAlgorithmOf } from './signature-algorithm.js';

export type SignedStructure = {
  /** The octets that were signed, as they came. */
  readonly signed: Uint8Array;
  /** See signature-algorithm.ts; an OID where it is not one that we believe. */
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
};

/** Undefined where `der` is not exactly one such structure. Never throws. */
export function openSigned(der: Uint8Array): SignedStructure | undefined {
  return fromElements(readElements(contentOf(SEQUENCE, der) ?? Uint8Array.of()) ?? []);
}

/** From the three elements that it consists of; undefined for any others. */
export function fromElements([signed, algorithm, signature, more]: readonly Element[]): SignedStructure | undefined {
  if (signed === undefined || algorithm === undefined || more !== undefined) return undefined;
  // No unused bits: otherwise the same signature could be written in several ways, under several fingerprints.
  if (signature?.tag !== BIT_STRING || signature.content[0] !== 0) return undefined;
  const identifier = readAlgorithmIdentifier(algorithm);
  if (identifier === undefined) return undefined;
  return { signed: signed.bytes, signatureAlgorithm: signatureAlgorithmOf(identifier), signature: signature.content.subarray(1) };
}
