/**
 * Cuts a stream into frames of a fixed header and the body whose length the header gives: what TLS records and handshake
 * messages have in common. Every byte is copied once, whatever pieces it comes in; no more is held than one frame.
 */
/** `bytes`: header and body, of which the two are parts. */
export type Frame = { readonly header: Uint8Array; readonly body: Uint8Array; readonly bytes: Uint8Array };

export class FrameReader {
  readonly #headerLength: number;
  readonly #bodyLength: (header: Uint8Array) => number | undefined;
  #isHeaderRead = false;
  #part: Uint8Array;
  #filled = 0;
  #broken = false;

  /** `bodyLength` answers undefined for a header that no body is to be read for: the stream is broken from there on. */
  constructor(headerLength: number, bodyLength: (header: Uint8Array) => number | undefined) {
    this.#headerLength = headerLength;
    this.#bodyLength = bodyLength;
    this.#part = Buffer.allocUnsafe(headerLength);
  }

  /** A header was refused. What came before it was answered; nothing after it is read. */
  get broken(): boolean {
    return this.#broken;
  }

  /** A frame was begun and has not ended. */
  get midFrame(): boolean {
    return this.#filled > 0;
  }

  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (let at = 0; at < bytes.length && !this.#broken;) {
      const taken = Math.min(bytes.length - at, this.#part.length - this.#filled);
      this.#part.set(at === 0 && taken === bytes.length ? bytes : bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#part.length) this.#complete(frames);
    }
    return frames;
  }

  #complete(frames: Frame[]): void {
    const bytes = this.#part;
    if (!this.#isHeaderRead) {
      const length = this.#bodyLength(bytes);
      if (length === undefined) {
        this.#broken = true;
        return;
      }
      this.#isHeaderRead = true;
      if (length > 0) {
        this.#part = Buffer.allocUnsafe(this.#headerLength + length);
        this.#part.set(bytes);
        return;
      }
    }
    frames.push({ header: bytes.subarray(0, this.#headerLength), body: bytes.subarray(this.#headerLength), bytes });
    this.#isHeaderRead = false;
    this.#part = Buffer.allocUnsafe(this.#headerLength);
    this.#filled = 0;
  }
}
