/** Does a private key belong to a certificate? Asked before anything is installed. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readCertificate } from './certificate.js';

/** False also where one of the two cannot be read. Both DER; the key in PKCS #8 (RFC 5958). */
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
