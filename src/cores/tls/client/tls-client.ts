/**
 * A TLS client without I/O: bytes in, bytes out. It offers what it is told to, completes the handshake itself, and says what it saw.
 * Nothing is believed but what the handshake itself proves: that the holder of the leaf's key is at the other end, and that nobody
 * changed what was said. Whether the certificate is good is asked elsewhere (cores/pki).
 */
import type { ClientOffer } from './client-offer.js';
import type { ClientTools } from './client-tools.js';
import { Conversation } from './states/conversation.js';
import type { Until } from './handshake.js';
import type { HelloTemplate } from './hello/hello-template.js';
import { hellosOf } from './hello/hellos.js';
import type { Seen } from './seen.js';

export type { Until } from './handshake.js';

export class TlsClient {
  readonly #conversation: Conversation;

  /** `template`: of that offer, but for the name; what thousands of clients say alike is encoded once. */
  constructor(offer: ClientOffer, tools: ClientTools, until: Until, template?: HelloTemplate) {
    this.#conversation = new Conversation(hellosOf(offer, tools, template), tools, until);
  }

  /** The ClientHello's records. */
  start(): Uint8Array {
    return this.#conversation.start();
  }

  /** What is to be sent now, often nothing. */
  receive(bytes: Uint8Array): Uint8Array {
    return this.#conversation.receive(bytes);
  }

  /** The server will send nothing more. */
  closedByPeer(): void {
    this.#conversation.closedByPeer();
  }

  /** `until` was reached, or it failed: nothing more will be learnt without sending, but what may come after a Finished. */
  get done(): boolean {
    return this.#conversation.done;
  }

  get seen(): Seen {
    return this.#conversation.seen;
  }

  /** Application data as records; nothing before FINISHED. */
  send(data: Uint8Array): Uint8Array {
    return this.#conversation.send(data);
  }

  /** Application data that came since the last call. */
  takeData(): Uint8Array {
    return this.#conversation.takeData();
  }

  /** close_notify, under the keys where they stand. Nothing more is sent or read after it. */
  close(): Uint8Array {
    return this.#conversation.close();
  }
}
