/** Records in both directions: sealed and opened with the keys that hold now. */
import { concat } from '../codec/byte-writer.js';
import { CONTENT_TYPE, MAX_PLAINTEXT, recordHeader, type TlsRecord } from '../codec/record.js';
import type { RecordProtection } from './record-protection.js';
import { TLS10, TLS12, TLS13 } from '../registry/versions.js';

export class RecordLayer {
  #outgoing: Uint8Array[] = [];
  #reading: RecordProtection | (() => RecordProtection) | undefined;
  #writing: RecordProtection | undefined;
  #isCompatible = false;
  /** RFC 8446 5.1: middleboxes want the first ClientHello to be of TLS 1.0. */
  #version = TLS10;

  get isReadingProtected(): boolean {
    return this.#reading !== undefined;
  }

  get hasOutgoing(): boolean {
    return this.#outgoing.length > 0;
  }

  /** As it was agreed on; TLS 1.3 calls itself 1.2 here. */
  speak(version: number): void {
    this.#version = version >= TLS13 ? TLS12 : version;
  }

  protectReading(protection: RecordProtection): void {
    this.#reading = protection;
  }

  /** Made when the first record comes. */
  protectReadingLater(make: () => RecordProtection): void {
    this.#reading = make;
  }

  protectWriting(protection: RecordProtection | undefined): void {
    this.#writing = protection;
  }

  /** `size`: of a record's content at most. */
  send(type: number, content: Uint8Array, size = MAX_PLAINTEXT): void {
    const most = Math.max(1, Math.min(size, MAX_PLAINTEXT));
    for (let start = 0; start < content.length; start += most) {
      const part = content.subarray(start, start + most);
      this.#outgoing.push(this.#writing?.seal(type, part) ?? concat(recordHeader(type, this.#version, part.length), part));
    }
  }

  /** Announces keys, up to TLS 1.2. */
  sendChangeCipherSpec(version = this.#version): void {
    this.#outgoing.push(concat(recordHeader(CONTENT_TYPE.CHANGE_CIPHER_SPEC, version, 1), Uint8Array.of(1)));
  }

  /** Once, in clear text: in TLS 1.3 it is there for middleboxes, and means nothing (RFC 8446 D.4). */
  sendCompatibilityChangeCipherSpec(): void {
    if (!this.#isCompatible) this.sendChangeCipherSpec(TLS12);
    this.#isCompatible = true;
  }

  /** Undefined for a record that our keys do not open. */
  open(record: TlsRecord): { readonly type: number; readonly content: Uint8Array } | undefined {
    if (typeof this.#reading === 'function') this.#reading = this.#reading();
    return this.#reading === undefined ? { type: record.type, content: record.fragment } : this.#reading.open(record);
  }

  /** What is to be sent now. */
  take(): Uint8Array {
    return concat(...this.#outgoing.splice(0));
  }
}
