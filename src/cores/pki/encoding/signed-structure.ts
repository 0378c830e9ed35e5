/** What certificates, requests and revocation lists have in common: something signed, with what, and the signature (RFC 5280 4.1, RFC 2986 4). */
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { contentOf, readElements, SEQUENCE, type Element } from './der.js';
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
  try {
    const identifier = AsnConvert.parse(algorithm.bytes, AlgorithmIdentifier);
    // In its one DER spelling, for the same reason: the parser forgives tags that the signature does not cover.
    if (!Buffer.from(AsnConvert.serialize(identifier)).equals(algorithm.bytes)) return undefined;
    const signatureAlgorithm = signatureAlgorithmOf(identifier);
    return { signed: signed.bytes, signatureAlgorithm, signature: signature.content.subarray(1) };
  } catch {
    return undefined;
  }
}

const BIT_STRING = 0x03;
