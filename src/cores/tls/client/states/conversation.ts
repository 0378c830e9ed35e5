/**
 * One connection from the first ClientHello on: records in, records out. It keeps to budgets whatever the server sends, and after a
 * failure reads nothing more.
 */
import { alertFor, malformed, notTls, unexpected } from '../failure.js';
import { concat } from '../../codec/byte-writer.js';
import { HANDSHAKE_TYPE, type HandshakeMessage, HandshakeReader, MAX_MESSAGE } from '../../codec/handshake.js';
import { CONTENT_TYPE, RecordReader, type TlsRecord } from '../../codec/record.js';
import { TLS13 } from '../../registry/versions.js';
import type { ClientTools } from '../client-tools.js';
import type { Handshake, OpeningContext, Until } from '../handshake.js';
import { HandshakeBudget } from '../handshake-budget.js';
import type { Hellos } from '../hello/hellos.js';
import { Opening } from './opening.js';
import { RecordLayer } from '../../protection/record-layer.js';
import type { ClientFailure, Seen } from '../seen.js';
import { Transcript } from '../../protection/transcript.js';

const NOTHING = new Uint8Array();
const CLOSE_NOTIFY = 0;
const USER_CANCELED = 90;
/** Of a greeting that is not TLS, the first line is told. */
const MAX_BEGINNING = 80;
/** Application data that nobody took: a server may send more than anybody asked for. */
const MAX_UNTAKEN_DATA = 1_048_576;

export class Conversation {
  readonly #context: OpeningContext;
  readonly #opening: Opening;
  readonly #reader = new RecordReader();
  readonly #messages = new HandshakeReader();
  readonly #budget = new HandshakeBudget();
  /** What came before the first record, for a server that does not speak TLS. */
  #beginning: Uint8Array = NOTHING;
  #isTls = false;
  #handshake: Handshake | undefined;
  #waiting = true;
  #closed = false;
  #data: Uint8Array[] = [];
  #dataLength = 0;

  constructor(hellos: Hellos, tools: ClientTools, until: Until) {
    this.#context = {
      tools,
      until,
      records: new RecordLayer(),
      transcript: new Transcript(),
      seen: {
        resumed: false,
        earlyDataAccepted: false,
        tickets: [],
        alerts: [],
        finished: false,
        roundTrips: 0,
        helloLength: 0,
      },
    };
    this.#opening = new Opening(this.#context, hellos);
  }

  start(): Uint8Array {
    this.#opening.start();
    return this.#context.records.take();
  }

  receive(bytes: Uint8Array): Uint8Array {
    if (this.#isDeaf || bytes.length === 0) return NOTHING;
    this.#countRoundTrip();
    if (!this.#isTls) this.#beginning = concat(this.#beginning, bytes.subarray(0, MAX_BEGINNING));
    if (!this.#context.seen.finished) this.#fail(this.#budget.bytes(bytes.length));
    for (const record of this.#reader.push(bytes)) {
      if (this.#isDeaf) break;
      this.#isTls = true;
      this.#fail(this.#record(record));
    }
    if (this.#reader.broken && !this.#isDeaf) this.#fail(this.#isTls ? malformed('what came is no TLS record') : notTls(this.#beginning));
    return this.#context.records.take();
  }

  closedByPeer(): void {
    const spoken = this.#isTls || this.#beginning.length === 0 ? undefined : notTls(this.#beginning);
    // A few bytes that could have become a record say nothing.
    if (spoken?.kind !== 'MALFORMED') this.#fail(spoken);
    this.#closed = true;
  }

  get done(): boolean {
    if (this.#failed || this.#closed) return true;
    switch (this.#context.until) {
      case 'SERVER_HELLO':
        return this.#context.seen.serverHello !== undefined;
      case 'SERVER_FLIGHT':
        return this.#handshake?.flightEnded ?? false;
      case 'FINISHED':
        return this.#context.seen.finished;
      default:
        return this.#context.until satisfies never;
    }
  }

  get seen(): Seen {
    return { ...this.#context.seen };
  }

  send(data: Uint8Array): Uint8Array {
    if (!this.#context.seen.finished || this.#failed || this.#closed) return NOTHING;
    this.#context.records.send(CONTENT_TYPE.APPLICATION_DATA, data);
    return this.#context.records.take();
  }

  takeData(): Uint8Array {
    this.#dataLength = 0;
    return concat(...this.#data.splice(0));
  }

  close(): Uint8Array {
    const { records, seen } = this.#context;
    if (this.#failed || this.#closed) return NOTHING;
    this.#closed = true;
    // RFC 8446 6.1: a handshake is given up with user_canceled before close_notify.
    if (!seen.finished) records.send(CONTENT_TYPE.ALERT, Uint8Array.of(1, USER_CANCELED));
    records.send(CONTENT_TYPE.ALERT, Uint8Array.of(1, CLOSE_NOTIFY));
    return records.take();
  }

  /** What comes now is nobody's business. */
  get #isDeaf(): boolean {
    return this.done && (!this.#context.seen.finished || this.#failed || this.#closed);
  }

  get #failed(): boolean {
    return this.#context.seen.failure !== undefined;
  }

  #fail(failure: ClientFailure | undefined): void {
    if (failure === undefined || this.#failed) return;
    this.#context.seen.failure = failure;
    const alert = alertFor(failure);
    if (alert !== undefined) this.#context.records.send(CONTENT_TYPE.ALERT, Uint8Array.of(2, alert));
  }

  /** A flight of ours was answered. */
  #countRoundTrip(): void {
    const { seen } = this.#context;
    if (this.#waiting && !seen.finished) seen.roundTrips++;
    this.#waiting = false;
  }

  #record(record: TlsRecord): ClientFailure | undefined {
    // In TLS 1.3 it stays in clear text, and is not the sender's keys' (RFC 8446 5).
    if (record.type === CONTENT_TYPE.CHANGE_CIPHER_SPEC) return this.#changeCipherSpec(record);
    const isPlainAlert = record.type === CONTENT_TYPE.ALERT && record.fragment.length === 2 && this.#isTls13;
    // A TLS 1.3 server that could not read our keys tells in clear text.
    const opened =
      isPlainAlert && !this.#context.seen.finished ? { type: record.type, content: record.fragment } : this.#context.records.open(record);
    if (opened === undefined) return { kind: 'FORGED', what: 'RECORD' };
    return this.#content(opened.type, opened.content);
  }

  get #isTls13(): boolean {
    return (this.#context.seen.serverHello?.version ?? 0) >= TLS13;
  }

  #content(type: number, content: Uint8Array): ClientFailure | undefined {
    switch (type) {
      case CONTENT_TYPE.HANDSHAKE:
        return content.length === 0 ? this.#budget.idle() : this.#handshakeBytes(content);
      case CONTENT_TYPE.ALERT:
        return this.#alert(content);
      case CONTENT_TYPE.APPLICATION_DATA:
        return this.#applicationData(content);
      default:
        return malformed(`a record of type ${type}`);
    }
  }

  #changeCipherSpec({ fragment }: TlsRecord): ClientFailure | undefined {
    const isOne = fragment.length === 1 && fragment[0] === 1;
    if (!isOne || this.#messages.midMessage) return malformed('ChangeCipherSpec');
    // Before the ServerHello only a HelloRetryRequest may have one after it (RFC 8446 D.4).
    if (this.#handshake === undefined) return this.#context.seen.helloRetryRequest ? this.#budget.idle() : malformed('ChangeCipherSpec');
    return this.#budget.idle() ?? this.#handshake.changeCipherSpec();
  }

  #handshakeBytes(content: Uint8Array): ClientFailure | undefined {
    const wasProtected = this.#context.records.isReadingProtected;
    const messages = this.#messages.push(content);
    const { tooLong } = this.#messages;
    if (tooLong) return { kind: 'TOO_LONG', limit: MAX_MESSAGE, message: tooLong };
    for (const message of messages) {
      const failure = this.#budget.message() ?? this.#message(message);
      if (failure !== undefined) return failure;
      if (this.#isDeaf) return undefined;
      // What follows in the same record is not under the keys that it should be (RFC 8446 5.1).
      const keysChanged = this.#context.records.isReadingProtected !== wasProtected;
      if (keysChanged && (message !== messages.at(-1) || this.#messages.midMessage)) return malformed('a record across a change of keys');
    }
    return undefined;
  }

  #message(message: HandshakeMessage): ClientFailure | undefined {
    if (this.#handshake) {
      const failure = this.#handshake.message(message);
      this.#waiting ||= !this.#context.seen.finished && this.#context.records.hasOutgoing;
      return failure;
    }
    if (message.type !== HANDSHAKE_TYPE.SERVER_HELLO) {
      const isHelloRequest = message.type === HANDSHAKE_TYPE.HELLO_REQUEST && message.body.length === 0;
      return isHelloRequest ? undefined : unexpected(message.type);
    }
    const opened = this.#opening.serverHello(message);
    if (opened === 'RETRIED') this.#waiting = true;
    else if (opened === 'ENOUGH') return undefined;
    else if ('kind' in opened) return opened;
    else this.#handshake = opened;
    return undefined;
  }

  #alert(content: Uint8Array): ClientFailure | undefined {
    const [level = 0, code = 0] = content;
    if (content.length !== 2) return malformed('an alert');
    const { seen } = this.#context;
    // TLS 1.3 does not ask for the level (RFC 8446 6).
    const isClosure = code === CLOSE_NOTIFY || (code === USER_CANCELED && level !== 2);
    const fatal = level === 2 || (this.#isTls13 && !isClosure);
    seen.alerts = [...seen.alerts, { fatal, code }];
    if (code === CLOSE_NOTIFY && seen.finished) {
      this.#closed = true;
      return undefined;
    }
    return fatal || code === CLOSE_NOTIFY ? { kind: 'ALERT', code } : this.#budget.idle();
  }

  #applicationData(content: Uint8Array): ClientFailure | undefined {
    if (!this.#context.seen.finished) return malformed('application data before the handshake was complete');
    if (content.length === 0) return this.#budget.idle();
    this.#budget.data();
    this.#dataLength += content.length;
    if (this.#dataLength > MAX_UNTAKEN_DATA) return { kind: 'TOO_LONG', limit: MAX_UNTAKEN_DATA };
    this.#data.push(content);
    return undefined;
  }
}
