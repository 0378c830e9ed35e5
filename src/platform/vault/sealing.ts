/**
 * AES-256-GCM over one secret, with the row's id as associated data: a sealed secret that was moved to another row does not open.
 * Pure: the nonce is an argument. 96 random bits per sealing (NIST SP 800-38D 8.2.2) stay safe far beyond 2^32 sealings a key.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

const TAG_BYTES = 16;
export const NONCE_BYTES = 12;

export function seal(key: Uint8Array, nonce: Uint8Array, rowId: string, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(rowId));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined where the bytes, the row or the key are not those that sealed it. */
export function unseal(key: Uint8Array, nonce: Uint8Array, rowId: string, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(Buffer.from(rowId));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
