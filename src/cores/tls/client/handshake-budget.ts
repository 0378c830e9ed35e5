/** How much a server may send before its handshake is complete, and after it without saying anything. Honest ones stay far below. */
import type { ClientFailure } from './seen.js';

/** Ten large certificates fit twice. */
const MAX_BYTES = 262_144;
/** A handshake has about ten; TLS 1.3 servers send a few tickets. */
const MAX_MESSAGES = 64;
/** Empty fragments, warnings, ChangeCipherSpecs: in TLS 1.0 one empty fragment before each record is a defence (BEAST). */
const MAX_IDLE = 32;

export class HandshakeBudget {
  #bytes = 0;
  #messages = 0;
  #idle = 0;

  bytes(count: number): ClientFailure | undefined {
    this.#bytes += count;
    return exceeded(this.#bytes, MAX_BYTES);
  }

  message(): ClientFailure | undefined {
    this.#idle = 0;
    return exceeded(++this.#messages, MAX_MESSAGES);
  }

  /** Application data, of which anybody may send as much as is taken. */
  data(): void {
    this.#idle = 0;
  }

  /** Something that brings nothing forward. */
  idle(): ClientFailure | undefined {
    return exceeded(++this.#idle, MAX_IDLE);
  }
}

const exceeded = (spent: number, limit: number): ClientFailure | undefined => (spent > limit ? { kind: 'TOO_LONG', limit } : undefined);
