/**
 * Bytes that must never be seen: private keys, tokens, passwords.
 * Prints `[secret]` in templates, JSON, inspect and format. Opened with `.reveal()` in adapters/ and platform/vault only (lint).
 * Two different Secrets look equal to a deep comparison: compare the revealed bytes in tests.
 */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export class Secret {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  static of(value: string | Uint8Array): Secret {
    return new Secret(typeof value === 'string' ? new TextEncoder().encode(value) : value);
  }

  reveal(): Uint8Array {
    return this.#bytes;
  }

  revealText(): string {
    return new TextDecoder().decode(this.#bytes);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.toPrimitive](): string {
    return '[secret]';
  }

  [INSPECT](): string {
    return '[secret]';
  }
}
