/** Records, handshake messages and alerts, as bytes (RFC 8446 5.1, 4, 6). */

export const number = (value: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};

/** Its length in `lengthBytes`, then the parts. */
export const vector = (lengthBytes: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([number(content.length, lengthBytes), content]);
};

export const extension = (type: number, ...parts: readonly Uint8Array[]): Buffer => Buffer.concat([number(type, 2), vector(2, ...parts)]);

export const handshake = (type: number, ...parts: readonly Uint8Array[]): Buffer => Buffer.concat([Buffer.of(type), vector(3, ...parts)]);

const LONGEST = 16_384;

/** In as many records as it takes. */
export function records(type: number, version: number, content: Uint8Array): Buffer {
  const made: Buffer[] = [];
  for (let at = 0; at < content.length; at += LONGEST) {
    made.push(Buffer.of(type), number(version, 2), vector(2, content.subarray(at, at + LONGEST)));
  }
  return Buffer.concat(made);
}

export const HANDSHAKE = 22;
const ALERT = 21;
export const CHANGE_CIPHER_SPEC = 20;
export const APPLICATION_DATA = 23;

export const alert = (code: number, { level = 2, version = 0x0303 }: { level?: 1 | 2; version?: number } = {}): Buffer =>
  records(ALERT, version, Buffer.of(level, code));
