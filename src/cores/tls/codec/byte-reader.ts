/**
 * Reads the presentation language of TLS (RFC 8446 3): big-endian numbers, and vectors behind their length.
 * A read past the end marks the whole as `failed` and answers zero or nothing, so a parser checks once, at its end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get done(): boolean {
    return this.#failed || this.#offset === this.#bytes.length;
  }

  uint(width: 1 | 2 | 3): number {
    return this.take(width).reduce((value, byte) => value * 256 + byte, 0);
  }

  take(length: number): Uint8Array {
    if (this.#failed || length > this.#bytes.length - this.#offset) {
      this.#failed = true;
      return new Uint8Array();
    }
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  /** A vector whose length stands in front of it, in `width` bytes. */
  vector(width: 1 | 2 | 3): Uint8Array {
    return this.take(this.uint(width));
  }
}
