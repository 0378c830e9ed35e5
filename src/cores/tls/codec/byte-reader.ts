/**
 * Reads the presentation language of TLS (RFC 8446 3): big-endian numbers, and vectors behind their length.
 * A read past the end marks the whole as `failed` and answers zero or nothing, so a parser checks once, at its end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    // Not a Buffer, whose parts would be Buffers.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get failed(): boolean {
    return this.#failed;
  }

  get done(): boolean {
    return this.#failed || this.#offset === this.#bytes.length;
  }

  /** How many bytes were read. */
  get offset(): number {
    return this.#offset;
  }

  uint(width: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (const byte of this.take(width)) value = value * 256 + byte;
    return value;
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#offset);
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

  /** The numbers of two bytes in a vector; one byte too many is a failure. */
  uint16s(width: 1 | 2 | 3): number[] {
    const content = this.vector(width);
    if (content.length % 2 === 1) this.#failed = true;
    return Array.from({ length: content.length >> 1 }, (_, i) => (content[2 * i] ?? 0) * 256 + (content[2 * i + 1] ?? 0));
  }
}
