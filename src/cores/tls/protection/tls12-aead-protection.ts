/** AEAD records of TLS 1.2: GCM and CCM with a part of the nonce in each record (RFC 5288 3, RFC 6655 3), ChaCha20 without (RFC 7905 2). */
import { concat } from '../codec/byte-writer.js';
import { recordHeader, type TlsRecord } from '../codec/record.js';
import { TLS12 } from '../registry/versions.js';
import { type AeadKey, openAead, sealAead } from './aead.js';
import { nonceOver, type RecordProtection, SequenceNumber } from './record-protection.js';

const EXPLICIT_LENGTH = 8;

export class Tls12AeadProtection implements RecordProtection {
  readonly #key: AeadKey;
  readonly #iv: Uint8Array;
  readonly #sequence = new SequenceNumber();

  constructor(key: AeadKey, iv: Uint8Array) {
    this.#key = key;
    this.#iv = iv;
  }

  seal(type: number, content: Uint8Array): Uint8Array {
    const sequence = this.#sequence.take();
    const explicit = this.#explicitLength === 0 ? new Uint8Array() : sequence;
    const sealed = sealAead(this.#key, this.#nonce(sequence, explicit), additionalData(sequence, type, content.length), content);
    const length = explicit.length + content.length + this.#key.cipher.tagLength;
    return concat(recordHeader(type, TLS12, length), explicit, ...sealed);
  }

  open({ type, fragment }: TlsRecord): { type: number; content: Uint8Array } | undefined {
    const sequence = this.#sequence.take();
    const explicit = fragment.subarray(0, this.#explicitLength);
    const sealed = fragment.subarray(this.#explicitLength);
    const length = sealed.length - this.#key.cipher.tagLength;
    if (explicit.length < this.#explicitLength || length < 0) return undefined;
    const content = openAead(this.#key, this.#nonce(sequence, explicit), additionalData(sequence, type, length), sealed);
    return content && { type, content };
  }

  get #explicitLength(): number {
    return this.#key.cipher.mode === 'CHACHA20' ? 0 : EXPLICIT_LENGTH;
  }

  #nonce(sequence: Uint8Array, explicit: Uint8Array): Uint8Array {
    return this.#explicitLength === 0 ? nonceOver(this.#iv, sequence) : concat(this.#iv, explicit);
  }
}

/** RFC 5246 6.2.3.3. */
const additionalData = (sequence: Uint8Array, type: number, length: number): Uint8Array =>
  concat(sequence, recordHeader(type, TLS12, length));
