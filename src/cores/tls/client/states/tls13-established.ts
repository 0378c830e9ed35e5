/** TLS 1.3 after both Finished (RFC 8446 4.6): tickets, and new keys. */
import { malformed, unexpected } from '../failure.js';
import { parseNewSessionTicket13 } from '../../codec/new-session-ticket.js';
import { encodeHandshake, HANDSHAKE_TYPE, type HandshakeMessage } from '../../codec/handshake.js';
import { CONTENT_TYPE } from '../../codec/record.js';
import { expandLabel, hashLength, type KeySchedule } from '../../protection/key-schedule.js';
import { Tls13Protection } from '../../protection/tls13-protection.js';
import type { BulkCipher } from '../../registry/suite-parameters.js';
import type { HandshakeContext } from '../handshake.js';
import type { ClientFailure } from '../seen.js';

export type Tls13Keys = {
  readonly cipher: BulkCipher;
  /** At the Master Secret. */
  readonly schedule: KeySchedule;
  /** client_application_traffic_secret_0. */
  readonly clientSecret: Uint8Array;
  /** The transcript's hash, where the application's secrets are derived. */
  readonly untilServerFinished: Uint8Array;
};

const UPDATE_REQUESTED = 1;
const NOTHING = new Uint8Array();

export class Tls13Established {
  readonly #context: HandshakeContext;
  readonly #keys: Tls13Keys;
  #clientSecret: Uint8Array;
  #serverSecret: Uint8Array | undefined;

  /** The transcript ends with our Finished. */
  constructor(context: HandshakeContext, keys: Tls13Keys) {
    this.#context = context;
    this.#keys = keys;
    this.#clientSecret = keys.clientSecret;
    context.records.protectWriting(this.#protection(this.#clientSecret));
    // Most probes hang up here, and never read: the keys are made when there is something to open.
    context.records.protectReadingLater(() => {
      this.#serverSecret = keys.schedule.derive('s ap traffic', keys.untilServerFinished);
      return this.#protection(this.#serverSecret);
    });
  }

  message({ type, body }: HandshakeMessage): ClientFailure | undefined {
    switch (type) {
      case HANDSHAKE_TYPE.NEW_SESSION_TICKET:
        return this.#ticket(body);
      case HANDSHAKE_TYPE.KEY_UPDATE:
        return this.#keyUpdate(body);
      default:
        // A CertificateRequest may come only to who offered it (RFC 8446 4.6.2), which is never done here.
        return unexpected(type);
    }
  }

  #ticket(body: Uint8Array): ClientFailure | undefined {
    const { seen } = this.#context;
    const read = parseNewSessionTicket13(body);
    if (read === undefined || seen.serverHello === undefined) return malformed('NewSessionTicket');
    const { lifetimeSeconds, maxEarlyData, ticket, ageAdd, nonce } = read;
    const { schedule } = this.#keys;
    const { hash } = schedule;
    const resumptionSecret = schedule.derive('res master', this.#context.transcript.digest());
    const preSharedKey = expandLabel(hash, resumptionSecret, 'resumption', nonce, hashLength(hash));
    const { cipherSuite } = seen.serverHello;
    const resumption = { kind: 'PSK', ticket, preSharedKey, cipherSuite, ageAdd, ageMs: 0 } as const;
    seen.tickets = [...seen.tickets, { lifetimeSeconds, ...(maxEarlyData !== undefined && { maxEarlyData }), resumption }];
    return undefined;
  }

  /** RFC 8446 4.6.3. */
  #keyUpdate(body: Uint8Array): ClientFailure | undefined {
    const [request = 2] = body;
    if (body.length !== 1 || request > UPDATE_REQUESTED) return malformed('KeyUpdate');
    const { records } = this.#context;
    this.#serverSecret = this.#next(this.#serverSecret ?? NOTHING);
    records.protectReading(this.#protection(this.#serverSecret));
    if (request === UPDATE_REQUESTED) {
      records.send(CONTENT_TYPE.HANDSHAKE, encodeHandshake(HANDSHAKE_TYPE.KEY_UPDATE, Uint8Array.of(0)));
      this.#clientSecret = this.#next(this.#clientSecret);
      records.protectWriting(this.#protection(this.#clientSecret));
    }
    return undefined;
  }

  #next(secret: Uint8Array): Uint8Array {
    const { hash } = this.#keys.schedule;
    return expandLabel(hash, secret, 'traffic upd', NOTHING, hashLength(hash));
  }

  #protection(secret: Uint8Array): Tls13Protection {
    return new Tls13Protection(this.#keys.cipher, this.#keys.schedule.hash, secret);
  }
}
