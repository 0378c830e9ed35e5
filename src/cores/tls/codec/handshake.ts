/** Handshake messages (RFC 8446 4): type and length, over as many records as they take. */
import { FrameReader } from './frame-reader.js';

export const HANDSHAKE_TYPE = {
  SERVER_HELLO: 2,
  CERTIFICATE: 11,
  SERVER_KEY_EXCHANGE: 12,
  CERTIFICATE_REQUEST: 13,
  SERVER_HELLO_DONE: 14,
} as const;

export type HandshakeMessage = { readonly type: number; readonly body: Uint8Array };

const HEADER_LENGTH = 4;
/** A chain of ten large certificates fits; the header alone could ask us to hold 16 MiB. */
const MAX_MESSAGE = 131_072;

export class HandshakeReader {
  readonly #frames = new FrameReader(HEADER_LENGTH, bodyLength);

  /** A message too long to be read; nothing after that is. */
  get broken(): boolean {
    return this.#frames.broken;
  }

  push(fragment: Uint8Array): HandshakeMessage[] {
    return this.#frames.push(fragment).map(({ header, body }) => ({ type: header[0] ?? 0, body }));
  }
}

function bodyLength([, high = 0, middle = 0, low = 0]: Uint8Array): number | undefined {
  const length = high * 65_536 + middle * 256 + low;
  return length <= MAX_MESSAGE ? length : undefined;
}
