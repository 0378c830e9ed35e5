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
const LONGEST_DIGEST = 64;
/** What is hashed, most of the time; a record of 16 KiB takes a place of its own. */
const SCRATCH = Buffer.alloc(512);

/**
 * By two digests in one go each: a handshake has about twenty of them, and node:crypto's Hmac is two objects outside of the heap for each,
 * which cost more to be collected than the digests to be computed. Both are made in one place, which is used again.
 */
export function hmac(hash: string, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const block = hash === 'sha384' || hash === 'sha512' ? LONG_BLOCK : BLOCK;
  const short = key.length > block ? digest(hash, key, 'buffer') : key;
  let length = block;
  for (const part of parts) length += part.length;
  const room = Math.max(length, block + LONGEST_DIGEST);
  const bytes = room <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafe(room);
  for (let i = 0; i < block; i++) bytes[i] = (short[i] ?? 0) ^ INNER;
  let offset = block;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  const inner = digest(hash, firstOf(bytes, length), 'buffer');
  for (let i = 0; i < block; i++) bytes[i] = (bytes[i] ?? 0) ^ INNER ^ OUTER;
  bytes.set(inner, block);
  return digest(hash, firstOf(bytes, block + inner.length), 'buffer');
}

const firstOf = (bytes: Buffer, length: number): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, length);
