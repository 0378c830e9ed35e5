/**
 * CBC records of TLS 1.0 to 1.2 (RFC 5246 6.2.3.2, RFC 2246 6.2.3.2), with the MAC inside or, where it was agreed on, outside
 * (RFC 7366), and records with a MAC alone (NULL ciphers, RFC 5246 6.2.3.1).
 *
 * Padding and MAC are checked as they come, without care for the time that it takes (RFC 5246 6.2.3.2 asks for it): what a probe
 * carries is nobody's secret.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concat } from '../codec/byte-writer.js';
import { recordHeader, type TlsRecord } from '../codec/record.js';
import type { BulkCipher } from '../registry/suite-parameters.js';
import { TLS11 } from '../registry/versions.js';
import { hmac } from './hmac.js';
import { type RecordProtection, SequenceNumber } from './record-protection.js';

export type CbcKeys = {
  readonly cipher: BulkCipher;
  readonly key: Uint8Array;
  readonly mac: string;
  readonly macKey: Uint8Array;
  /** Of the first record in TLS 1.0, where each takes the last block of the one before (RFC 2246 6.2.3.2). */
  readonly iv: Uint8Array;
};
type Options = { readonly version: number; readonly encryptThenMac: boolean; readonly bytes: (length: number) => Uint8Array };

export class CbcProtection implements RecordProtection {
  readonly #keys: CbcKeys;
  readonly #options: Options;
  readonly #sequence = new SequenceNumber();
  #chained: Uint8Array;

  constructor(keys: CbcKeys, options: Options) {
    this.#keys = keys;
    this.#options = options;
    this.#chained = keys.iv;
  }

  seal(type: number, content: Uint8Array): Uint8Array {
    const { version, encryptThenMac } = this.#options;
    const sequence = this.#sequence.take();
    const mac = (bytes: Uint8Array) => this.#mac(sequence, type, bytes);
    const fragment = encryptThenMac ? withMac(this.#encrypt(content), mac) : this.#encrypt(withMac(content, mac));
    return concat(recordHeader(type, version, fragment.length), fragment);
  }

  open({ type, fragment }: TlsRecord): { type: number; content: Uint8Array } | undefined {
    const sequence = this.#sequence.take();
    const mac = (bytes: Uint8Array) => this.#mac(sequence, type, bytes);
    const content = this.#options.encryptThenMac ? this.#decrypt(withoutMac(fragment, mac)) : withoutMac(this.#decrypt(fragment), mac);
    return content && { type, content };
  }

  #encrypt(content: Uint8Array): Uint8Array {
    const { cipher, key } = this.#keys;
    if (cipher.mode === 'NULL') return content;
    const iv = this.#hasExplicitIv ? this.#options.bytes(cipher.blockLength) : this.#chained;
    const padding = cipher.blockLength - (content.length % cipher.blockLength);
    const encrypting = createCipheriv(cipher.name, key, iv).setAutoPadding(false);
    const encrypted = concat(encrypting.update(concat(content, Buffer.alloc(padding, padding - 1))), encrypting.final());
    this.#chained = encrypted.subarray(encrypted.length - cipher.blockLength);
    return this.#hasExplicitIv ? concat(iv, encrypted) : encrypted;
  }

  #decrypt(fragment: Uint8Array | undefined): Uint8Array | undefined {
    const { cipher, key } = this.#keys;
    if (fragment === undefined || cipher.mode === 'NULL') return fragment;
    const ivLength = this.#hasExplicitIv ? cipher.blockLength : 0;
    const iv = this.#hasExplicitIv ? fragment.subarray(0, ivLength) : this.#chained;
    const encrypted = fragment.subarray(ivLength);
    if (encrypted.length === 0 || encrypted.length % cipher.blockLength !== 0 || iv.length !== cipher.blockLength) return undefined;
    this.#chained = encrypted.subarray(encrypted.length - cipher.blockLength);
    const decrypting = createDecipheriv(cipher.name, key, iv).setAutoPadding(false);
    return withoutPadding(concat(decrypting.update(encrypted), decrypting.final()));
  }

  get #hasExplicitIv(): boolean {
    return this.#options.version >= TLS11;
  }

  #mac(sequence: Uint8Array, type: number, bytes: Uint8Array): Uint8Array {
    const { mac, macKey } = this.#keys;
    return hmac(mac, macKey, sequence, recordHeader(type, this.#options.version, bytes.length), bytes);
  }
}

type Mac = (bytes: Uint8Array) => Uint8Array;
const withMac = (bytes: Uint8Array, mac: Mac): Uint8Array => concat(bytes, mac(bytes));

function withoutMac(bytes: Uint8Array | undefined, mac: Mac): Uint8Array | undefined {
  const length = (bytes?.length ?? 0) - mac(new Uint8Array()).length;
  if (bytes === undefined || length < 0) return undefined;
  const content = bytes.subarray(0, length);
  return Buffer.from(mac(content)).equals(bytes.subarray(length)) ? content : undefined;
}

function withoutPadding(bytes: Uint8Array): Uint8Array | undefined {
  const padding = bytes.at(-1) ?? 0;
  const length = bytes.length - padding - 1;
  return length >= 0 && bytes.subarray(length).every((byte) => byte === padding) ? bytes.subarray(0, length) : undefined;
}
