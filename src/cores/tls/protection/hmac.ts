/** HMAC (RFC 2104), and keys for the ciphers. */
import { createSecretKey, hash as digest, type KeyObject } from 'node:crypto';

/**
 * For node:crypto. With bytes in its place each call first finds out that they are no KeyObject, which takes three times as long as opening a
 * record itself (measured on Node 24).
 */
export const secretKey = (bytes: Uint8Array): KeyObject => createSecretKey(bytes);

const LONG_BLOCK = 128;
const BLOCK = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/**
 * By two digests in one go each: a handshake has about twenty of them, and node:crypto's Hmac is two objects outside of the heap for each,
 * which cost more to be collected than the digests to be computed.
 */
export function hmac(hash: string, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const block = hash === 'sha384' || hash === 'sha512' ? LONG_BLOCK : BLOCK;
  const short = key.length > block ? digest(hash, key, 'buffer') : key;
  const inner = digest(hash, padded(short, block, INNER, parts), 'buffer');
  return digest(hash, padded(short, block, OUTER, [inner]), 'buffer');
}

/** The key as long as a block, each byte changed by `mask`, and what comes behind it. */
function padded(key: Uint8Array, block: number, mask: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = block;
  for (const part of parts) length += part.length;
  const bytes = Buffer.allocUnsafe(length).fill(mask, key.length, block);
  for (let i = 0; i < key.length; i++) bytes[i] = (key[i] ?? 0) ^ mask;
  let offset = block;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
