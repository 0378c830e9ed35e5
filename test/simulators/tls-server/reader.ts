/** Big-endian numbers and length-prefixed vectors (RFC 8446 3.4), to the last byte. Throws Misbehaved where it ends too early or too late. */
import { DECODE_ERROR, Misbehaved } from './misbehaved.js';

export class Reader {
  #at = 0;

  constructor(private readonly content: Buffer) {}

  get empty(): boolean {
    return this.#at === this.content.length;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.content.length) throw new Misbehaved(DECODE_ERROR, 'it ends too early');
    const bytes = this.content.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  number(size: number): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  /** What a length of `lengthBytes` announces. */
  vector(lengthBytes: number): Reader {
    return new Reader(this.bytes(this.number(lengthBytes)));
  }

  rest(): Buffer {
    return this.bytes(this.content.length - this.#at);
  }

  /** All that is left, as numbers. */
  numbers(size: number): readonly number[] {
    const numbers: number[] = [];
    while (!this.empty) numbers.push(this.number(size));
    return numbers;
  }

  end(): void {
    if (!this.empty) throw new Misbehaved(DECODE_ERROR, 'bytes after its end');
  }
}
