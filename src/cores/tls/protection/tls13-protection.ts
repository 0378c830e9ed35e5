/** Records of TLS 1.3 (RFC 8446 5.2): all look like application data, the true type is inside. */
import { expandLabel, type ScheduleHash } from './key-schedule.js';
import { concat } from '../codec/byte-writer.js';
import { CONTENT_TYPE, recordHeader, type TlsRecord } from '../codec/record.js';
import type { BulkCipher } from '../registry/suite-parameters.js';
import { TLS12 } from '../registry/versions.js';
import { type AeadKey, openAead, sealAead } from './aead.js';
import { secretKey } from './hmac.js';
import { nonceOver, type RecordProtection, SequenceNumber } from './record-protection.js';

const IV_LENGTH = 12;
const NOTHING = new Uint8Array();

export class Tls13Protection implements RecordProtection {
  readonly #key: AeadKey;
  readonly #iv: Uint8Array;
  readonly #sequence = new SequenceNumber();

  /** RFC 8446 7.3: key and IV of a traffic secret. */
  constructor(cipher: BulkCipher, hash: ScheduleHash, trafficSecret: Uint8Array) {
    this.#key = { cipher, key: secretKey(expandLabel(hash, trafficSecret, 'key', NOTHING, cipher.keyLength)) };
    this.#iv = expandLabel(hash, trafficSecret, 'iv', NOTHING, IV_LENGTH);
  }

  seal(type: number, content: Uint8Array): Uint8Array {
    const inner = concat(content, Uint8Array.of(type));
    const header = recordHeader(CONTENT_TYPE.APPLICATION_DATA, TLS12, inner.length + this.#key.cipher.tagLength);
    return concat(header, ...sealAead(this.#key, nonceOver(this.#iv, this.#sequence.take()), header, inner));
  }

  open({ header, fragment }: TlsRecord): { type: number; content: Uint8Array } | undefined {
    const inner = openAead(this.#key, nonceOver(this.#iv, this.#sequence.take()), header, fragment);
    // Zeros behind the type are padding (RFC 8446 5.4).
    let end = (inner?.length ?? 0) - 1;
    while (end >= 0 && inner?.[end] === 0) end--;
    return inner && end >= 0 ? { type: inner[end] ?? 0, content: inner.subarray(0, end) } : undefined;
  }
}
