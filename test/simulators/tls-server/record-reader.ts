/** Cuts what comes into records (RFC 8446 5.1). */
export type Record = { readonly type: number; readonly header: Buffer; readonly content: Buffer };

export class RecordReader {
  #bytes = Buffer.alloc(0);

  /** Those that are whole now. */
  take(bytes: Buffer): readonly Record[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const whole: Record[] = [];
    while (this.#bytes.length >= 5 && this.#bytes.length >= 5 + this.#bytes.readUInt16BE(3)) {
      const end = 5 + this.#bytes.readUInt16BE(3);
      whole.push({ type: this.#bytes.readUInt8(0), header: this.#bytes.subarray(0, 5), content: this.#bytes.subarray(5, end) });
      this.#bytes = this.#bytes.subarray(end);
    }
    return whole;
  }
}
