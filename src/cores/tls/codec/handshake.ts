/** Handshake messages (RFC 8446 4): type and length, over as many records as they take. */
import { concat, uint, vector } from './byte-writer.js';
import { FrameReader } from './frame-reader.js';

export const HANDSHAKE_TYPE = {
  HELLO_REQUEST: 0,
  CLIENT_HELLO: 1,
  SERVER_HELLO: 2,
  NEW_SESSION_TICKET: 4,
  END_OF_EARLY_DATA: 5,
  ENCRYPTED_EXTENSIONS: 8,
  CERTIFICATE: 11,
  SERVER_KEY_EXCHANGE: 12,
  CERTIFICATE_REQUEST: 13,
  SERVER_HELLO_DONE: 14,
  CERTIFICATE_VERIFY: 15,
  CLIENT_KEY_EXCHANGE: 16,
  FINISHED: 20,
  CERTIFICATE_STATUS: 22,
  KEY_UPDATE: 24,
  MESSAGE_HASH: 254,
} as const;

/** `bytes`: as it came, header and body, which is what a transcript takes. */
export type HandshakeMessage = { readonly type: number; readonly body: Uint8Array; readonly bytes: Uint8Array };

export const encodeHandshake = (type: number, body: Uint8Array): Uint8Array => concat(uint(1, type), vector(3, body));

const HEADER_LENGTH = 4;
/** A chain of ten large certificates fits; the header alone could ask us to hold 16 MiB. */
export const MAX_MESSAGE = 131_072;

export class HandshakeReader {
  readonly #frames: FrameReader;
  #tooLong: { readonly type: number; readonly length: number } | undefined;

  constructor() {
    this.#frames = new FrameReader(HEADER_LENGTH, ([type = 0, high = 0, middle = 0, low = 0]) => {
      const length = high * 65_536 + middle * 256 + low;
      if (length <= MAX_MESSAGE) return length;
      this.#tooLong = { type, length };
      return undefined;
    });
  }

  /** A message too long to be read; nothing after that is. */
  get broken(): boolean {
    return this.#frames.broken;
  }

  /** The one that is. */
  get tooLong(): { readonly type: number; readonly length: number } | undefined {
    return this.#tooLong;
  }

  /** Part of a message came, and not its end: keys may not change there (RFC 8446 5.1). */
  get midMessage(): boolean {
    return this.#frames.midFrame;
  }

  push(fragment: Uint8Array): HandshakeMessage[] {
    return this.#frames.push(fragment).map(({ header, body, bytes }) => ({ type: header[0] ?? 0, body, bytes }));
  }
}
