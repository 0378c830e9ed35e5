/** Public keys as they stand in a certificate (SubjectPublicKeyInfo, RFC 5280 4.1.2.7). */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readCertificate } from './certificate.js';
import { contentOf, readElements, readOid, SEQUENCE } from './encoding/der.js';

/**
 * Throws where it is none. As PEM: of DER, node:crypto first finds out what else it might be, two to three times as long as this takes
 * (measured on Node 24).
 */
export const readPublicKey = (spki: Uint8Array): KeyObject =>
  createPublicKey(`-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`);

/** OID of its curve (RFC 5480 2.1.1), dotted text; undefined where it names none. */
export function namedCurve(spki: Uint8Array): string | undefined {
  const [algorithm] = readElements(contentOf(SEQUENCE, spki) ?? Uint8Array.of()) ?? [];
  const [, parameters] = (algorithm && readElements(algorithm.content)) ?? [];
  return parameters?.tag === OBJECT_IDENTIFIER ? readOid(parameters.content) : undefined;
}

const OBJECT_IDENTIFIER = 0x06;

/** Does a private key belong to a certificate? Asked before anything is installed. False also where one of the two cannot be read. Both DER; the key in PKCS #8 (RFC 5958). */
export function keyMatches(privateKey: Uint8Array, certificate: Uint8Array): boolean {
  const read = readCertificate(certificate);
  if (!read.ok) return false;
  try {
    const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey({ key: read.value.publicKey as Buffer, format: 'der', type: 'spki' });
    return createPublicKey(key).equals(spki);
  } catch {
    return false;
  }
}
