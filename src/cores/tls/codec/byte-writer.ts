/** Writes the presentation language of TLS (RFC 8446 3): what byte-reader.ts reads. */
export function uint(width: 1 | 2 | 3 | 4, value: number): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let i = width - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest;
  return bytes;
}

/** Numbers of two bytes, one after the other. */
export function uint16s(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  values.forEach((value, i) => {
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value;
  });
  return bytes;
}

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** The parts behind their length, in `width` bytes. */
export function vector(width: 1 | 2 | 3, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat(uint(width, length), ...parts);
}
