/** A block of extensions (RFC 8446 4.2): type, and what it says, not yet read. */
import { ByteReader } from './byte-reader.js';

export type Extensions = ReadonlyMap<number, Uint8Array>;

/** Of the content of the block, without its length. Undefined for what is none, or where one type stands twice (RFC 8446 4.2). */
export function parseExtensions(block: Uint8Array): Extensions | undefined {
  const extensions = new Map<number, Uint8Array>();
  const reader = new ByteReader(block);
  while (!reader.done) {
    const type = reader.uint(2);
    const content = reader.vector(2);
    if (extensions.has(type)) return undefined;
    extensions.set(type, content);
  }
  return reader.failed ? undefined : extensions;
}
