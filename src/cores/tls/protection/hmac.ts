/** HMAC (RFC 2104), which both key schedules and the old record MACs are made of. */
import { createHmac, createSecretKey } from 'node:crypto';

/** Over the parts, one after the other. A key that node:crypto gets as bytes costs it four times as much as one that is an object already. */
export function hmac(hash: string, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac(hash, createSecretKey(key));
  for (const part of parts) mac.update(part);
  return mac.digest();
}
