/** The record layer (RFC 8446 5.1): type, legacy version, length, fragment. */
import { FrameReader } from './frame-reader.js';

export const CONTENT_TYPE = { CHANGE_CIPHER_SPEC: 20, ALERT: 21, HANDSHAKE: 22, APPLICATION_DATA: 23 } as const;

export type TlsRecord = { readonly type: number; readonly fragment: Uint8Array; readonly header: Uint8Array };

const HEADER_LENGTH = 5;
/** RFC 5246 6.2.3 allows a ciphertext 2,048 bytes above the plaintext's 2^14; RFC 8446 5.2 allows 256. */
const MAX_FRAGMENT = 16_384 + 2048;

/** RFC 8446 5.1: more than this goes into another record. */
export const MAX_PLAINTEXT = 16_384;

export const recordHeader = (type: number, version: number, length: number): Uint8Array =>
  Uint8Array.of(type, version >> 8, version & 0xff, length >> 8, length & 0xff);

export class RecordReader {
  readonly #frames = new FrameReader(HEADER_LENGTH, fragmentLength);

  /** What came is not TLS records; nothing after that is read. */
  get broken(): boolean {
    return this.#frames.broken;
  }

  push(bytes: Uint8Array): TlsRecord[] {
    return this.#frames.push(bytes).map(({ header, body }) => ({ type: header[0] ?? 0, fragment: body, header }));
  }
}

function fragmentLength([type = 0, major = 0, , high = 0, low = 0]: Uint8Array): number | undefined {
  const length = high * 256 + low;
  const isRecord = type >= CONTENT_TYPE.CHANGE_CIPHER_SPEC && type <= CONTENT_TYPE.APPLICATION_DATA && major === 3;
  return isRecord && length <= MAX_FRAGMENT ? length : undefined;
}
