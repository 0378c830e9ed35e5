/** The first ClientHellos of a sweep: one that is encoded once, and for each name is patched with the name, a random and a session id. */
import { EXTENSION } from '../../registry/extension-types.js';
import type { ClientOffer } from '../client-offer.js';
import type { ClientTools } from '../client-tools.js';
import { firstHello, type SentHello } from './client-hello.js';

/** Where things stand in the message (RFC 8446 4.1.2): behind its type and length the version, the random, the session id. */
const [LENGTH_AT, RANDOM_AT, SESSION_ID_AT, SUITES_AT] = [2, 6, 39, 71];
/** Of the extension without the name: types and lengths (RFC 6066 3). */
const NAME_HEADER = 9;
const RANDOM_LENGTH = 32;

export class HelloTemplate {
  readonly #tools: ClientTools;
  readonly #hello: SentHello;
  readonly #withName: ReadonlySet<number>;
  /** Of the extensions' length; the extensions follow, of which a name is the first. */
  readonly #blockAt: number;

  /** `offer`: TLS 1.3 among it, for the session id's sake; no name, no GREASE, nothing to resume, no padding. */
  constructor(offer: ClientOffer, tools: ClientTools) {
    this.#tools = tools;
    this.#hello = firstHello(offer, tools, undefined);
    this.#withName = new Set([EXTENSION.SERVER_NAME, ...this.#hello.extensions]);
    this.#blockAt = SUITES_AT + 2 + 2 * offer.cipherSuites.length + 1 + (offer.compressionMethods ?? [0]).length;
  }

  /** Equal to what `firstHello` makes of this offer, which is the template's with a name or without. */
  hello(offer: ClientOffer): SentHello {
    const { message, shares, extensions, grease } = this.#hello;
    const name = offer.serverName;
    const added = name === undefined ? 0 : NAME_HEADER + name.length;
    const blockStart = this.#blockAt + 2;
    const bytes = Buffer.allocUnsafe(message.length + added);
    bytes.set(message.subarray(0, blockStart));
    bytes.set(message.subarray(blockStart), blockStart + added);
    bytes.writeUInt16BE(message.length - 4 + added, LENGTH_AT);
    bytes.writeUInt16BE(message.length - blockStart + added, this.#blockAt);
    if (name !== undefined) writeName(bytes, blockStart, name);
    const fresh = this.#tools.bytes(2 * RANDOM_LENGTH);
    const [random, sessionId] = [fresh.subarray(0, RANDOM_LENGTH), fresh.subarray(RANDOM_LENGTH)];
    bytes.set(random, RANDOM_AT);
    bytes.set(sessionId, SESSION_ID_AT);
    return { offer, message: bytes, random, sessionId, shares, extensions: name === undefined ? extensions : this.#withName, grease };
  }
}

function writeName(bytes: Buffer, at: number, name: string): void {
  bytes.writeUInt16BE(EXTENSION.SERVER_NAME, at);
  bytes.writeUInt16BE(name.length + 5, at + 2);
  bytes.writeUInt16BE(name.length + 3, at + 4);
  bytes.writeUInt8(0, at + 6);
  bytes.writeUInt16BE(name.length, at + 7);
  bytes.write(name, at + NAME_HEADER, 'latin1');
}
