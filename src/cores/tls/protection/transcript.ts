/** All handshake messages so far, for whatever is proven or derived over them (RFC 8446 4.4.1, RFC 5246 7.4.9). */
import { createHash, type Hash } from 'node:crypto';
import { concat } from '../codec/byte-writer.js';
import { encodeHandshake, HANDSHAKE_TYPE } from '../codec/handshake.js';

export class Transcript {
  #pending: Uint8Array[] = [];
  #running: Hash | undefined;

  add(message: Uint8Array): void {
    if (this.#running === undefined) this.#pending.push(message);
    else this.#running.update(message);
  }

  /** The server's choice says which hash it is; nothing can be digested before. */
  begin(hash: string): void {
    this.#running = createHash(hash).update(concat(...this.#pending));
    this.#pending = [];
  }

  /** After a HelloRetryRequest, the first ClientHello counts by its hash alone. Begins anew when the ServerHello is there. */
  retry(hash: string): void {
    const first = createHash(hash)
      .update(concat(...this.#pending))
      .digest();
    this.#pending = [encodeHandshake(HANDSHAKE_TYPE.MESSAGE_HASH, first)];
  }

  /** Nothing before `begin`. */
  digest(): Uint8Array {
    return this.#running?.copy().digest() ?? new Uint8Array();
  }

  /** As if these came next, with a hash of their own: what a PSK binder is made over. */
  digestWith(hash: string, message: Uint8Array): Uint8Array {
    return createHash(hash)
      .update(concat(...this.#pending, message))
      .digest();
  }
}
