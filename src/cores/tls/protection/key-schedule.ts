/** The key schedule of TLS 1.3 (RFC 8446 7.1), on HKDF (RFC 5869). */
import { createHash } from 'node:crypto';
import { concat, uint, vector } from '../codec/byte-writer.js';
import { hmac } from './hmac.js';

export type ScheduleHash = 'sha256' | 'sha384';

const LENGTH = { sha256: 32, sha384: 48 } as const;
const NOTHING = new Uint8Array();
/** Every connection derives with it. */
const HASH_OF_NOTHING = { sha256: createHash('sha256').digest(), sha384: createHash('sha384').digest() } as const;

const earlySecret = (hash: ScheduleHash): Uint8Array => hmac(hash, new Uint8Array(LENGTH[hash]), new Uint8Array(LENGTH[hash]));
/** Without a pre-shared key it is always the same, and so is what the next one is made of. */
const EARLY_SECRET = { sha256: earlySecret('sha256'), sha384: earlySecret('sha384') } as const;

export const hashLength = (hash: ScheduleHash): number => LENGTH[hash];

/** HkdfLabel up to its context (RFC 8446 7.1), for each label and length; there are a few dozen. */
const LABELS = new Map<string, Uint8Array>();

function labelOf(label: string, length: number): Uint8Array {
  const name = `${length} ${label}`;
  const known = LABELS.get(name);
  if (known !== undefined) return known;
  const encoded = concat(uint(2, length), vector(1, Buffer.from(`tls13 ${label}`, 'latin1')));
  LABELS.set(name, encoded);
  return encoded;
}

const END_OF_INFO = Uint8Array.of(1);

export function expandLabel(hash: ScheduleHash, secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  // What is expanded here is never longer than the hash: one block of HKDF-Expand (RFC 5869 2.3).
  const block = hmac(hash, secret, labelOf(label, length), Uint8Array.of(context.length), context, END_OF_INFO);
  return length === block.length ? block : block.subarray(0, length);
}

/** The three secrets, one after the other: Early, Handshake and Master Secret. */
export class KeySchedule {
  readonly hash: ScheduleHash;
  #secret: Uint8Array;

  /** Without a pre-shared key there is one of zeros. */
  constructor(hash: ScheduleHash, preSharedKey?: Uint8Array) {
    this.hash = hash;
    this.#secret = preSharedKey ? hmac(hash, new Uint8Array(LENGTH[hash]), preSharedKey) : EARLY_SECRET[hash];
  }

  /** Derive-Secret; `transcriptHash` of nothing where the label goes without messages. */
  derive(label: string, transcriptHash: Uint8Array = HASH_OF_NOTHING[this.hash]): Uint8Array {
    return expandLabel(this.hash, this.#secret, label, transcriptHash, LENGTH[this.hash]);
  }

  /** On to the next secret. */
  enter(inputKeyingMaterial: Uint8Array = new Uint8Array(LENGTH[this.hash])): void {
    const salt = this.#secret === EARLY_SECRET[this.hash] ? DERIVED_FROM_EARLY[this.hash] : this.derive('derived');
    this.#secret = hmac(this.hash, salt, inputKeyingMaterial);
  }
}

const DERIVED_FROM_EARLY = {
  sha256: new KeySchedule('sha256').derive('derived'),
  sha384: new KeySchedule('sha384').derive('derived'),
} as const;

/** RFC 8446 4.4.4: what a Finished says, and with the binder key a PSK binder (4.2.11.2). */
export function finishedMac(hash: ScheduleHash, baseKey: Uint8Array, transcriptHash: Uint8Array): Uint8Array {
  const key = expandLabel(hash, baseKey, 'finished', NOTHING, LENGTH[hash]);
  return hmac(hash, key, transcriptHash);
}
