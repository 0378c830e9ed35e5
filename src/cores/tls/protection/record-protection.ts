/** What keys do to records, in one direction. */
import type { TlsRecord } from '../codec/record.js';

export interface RecordProtection {
  /** A whole record, header and all. At most 2^14 bytes of content. */
  seal(type: number, content: Uint8Array): Uint8Array;
  /** Undefined for a record that its sender's keys did not make, or whose order was changed. */
  open(record: TlsRecord): { readonly type: number; readonly content: Uint8Array } | undefined;
}

/** RFC 8446 5.3, RFC 5246 6.1: of the records under these keys, in eight bytes. */
export class SequenceNumber {
  #next = 0;

  take(): Uint8Array {
    const bytes = new Uint8Array(8);
    for (let i = 7, rest = this.#next++; rest > 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest;
    return bytes;
  }
}

/** RFC 8446 5.3, RFC 7905 2: the number, padded to the IV's length, over the IV. */
export function nonceOver(iv: Uint8Array, sequence: Uint8Array): Uint8Array {
  const offset = iv.length - sequence.length;
  const nonce = new Uint8Array(iv);
  for (let i = 0; i < sequence.length; i++) nonce[offset + i]! ^= sequence[i]!;
  return nonce;
}
