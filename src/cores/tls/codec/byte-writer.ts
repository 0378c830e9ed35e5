/** Writes the presentation language of TLS (RFC 8446 3): what byte-reader.ts reads. */
export function uint(width: 1 | 2 | 3 | 4, value: number): Uint8Array {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}

/** Numbers of two bytes, one after the other. */
export const uint16s = (values: readonly number[]): Uint8Array => concat(...values.map((value) => uint(2, value)));

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** The parts behind their length, in `width` bytes. */
export function vector(width: 1 | 2 | 3, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(...parts);
  return concat(uint(width, content.length), content);
}
