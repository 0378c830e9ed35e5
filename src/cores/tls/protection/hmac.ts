/** HMAC (RFC 2104), and keys for it and the ciphers. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/**
 * For node:crypto. With bytes in its place each call first finds out that they are no KeyObject, which takes three times as long as the HMAC
 * of a key schedule itself (measured on Node 24), and a handshake has twenty.
 */
export const secretKey = (bytes: Uint8Array): KeyObject => createSecretKey(bytes);

export function hmac(hash: string, key: Uint8Array | KeyObject, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac(hash, key instanceof Uint8Array ? secretKey(key) : key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
