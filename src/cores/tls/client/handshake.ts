/** What the machines of TLS 1.2 and 1.3 stand on, and what they have in common. */
import type { HandshakeMessage } from '../codec/handshake.js';
import type { SentHello } from './hello/client-hello.js';
import type { ClientTools } from './client-tools.js';
import type { RecordLayer } from '../protection/record-layer.js';
import type { ClientFailure, Seen } from './seen.js';
import type { Transcript } from '../protection/transcript.js';

/**
 * SERVER_HELLO: after it, a HelloRetryRequest being answered. SERVER_FLIGHT: all that the server says before it waits for us.
 * FINISHED: the handshake is complete.
 */
export type Until = 'SERVER_HELLO' | 'SERVER_FLIGHT' | 'FINISHED';

export type SeenSoFar = { -readonly [K in keyof Seen]: Seen[K] };

export type OpeningContext = {
  readonly tools: ClientTools;
  readonly records: RecordLayer;
  readonly transcript: Transcript;
  readonly seen: SeenSoFar;
  readonly until: Until;
};
/** From the ServerHello on, when it is settled which of the hellos holds. */
export type HandshakeContext = OpeningContext & { readonly hello: SentHello };

/** From the ServerHello on. */
export interface Handshake {
  /** Of a server's message, before `finished` and after it; undefined: as it should be. */
  message(message: HandshakeMessage): ClientFailure | undefined;
  changeCipherSpec(): ClientFailure | undefined;
  /** The server's flight is complete. */
  readonly flightEnded: boolean;
}
