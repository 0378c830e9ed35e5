/**
 * Follows a handshake from outside: the bytes that a server sends go in with their times, the five steps come out.
 * All is in clear text in TLS 1.2 up to ChangeCipherSpec. In TLS 1.3 everything after the ServerHello is encrypted, so
 * CERTIFICATE and KEY_EXCHANGE are known only when the session stands, and their time is that of the flight's arrival.
 */
import { CONTENT_TYPE, RecordReader, type TlsRecord } from './codec/record.js';
import { parseCertificateList } from './codec/certificate-list.js';
import { HANDSHAKE_TYPE, type HandshakeMessage, HandshakeReader } from './codec/handshake.js';
import { parseServerHello, type ServerHello } from './codec/server-hello.js';
import { parseServerKeyExchange } from './codec/server-key-exchange.js';
import { HANDSHAKE_STEPS, type HandshakeStep, type ObservedStep, type Session } from './observation.js';
import { suiteParameters } from './registry/suite-parameters.js';
import { groupName } from './registry/groups.js';
import { TLS13 } from './registry/versions.js';
import { certificateDetail, finishedDetail, keyExchangeDetail, serverHelloDetail } from './step-details.js';

export class HandshakeTimeline {
  readonly #records = new RecordReader();
  readonly #handshake = new HandshakeReader();
  readonly #steps: ObservedStep[] = [];
  #hello: ServerHello | undefined;
  #retried = false;
  #group: string | undefined;
  #flight: { readonly firstMs: number; readonly lastMs: number } | undefined;
  #encrypted = false;
  #malformed = false;
  #firstBytes: readonly number[] = [];

  get steps(): readonly ObservedStep[] {
    return this.#steps;
  }

  get lastStep(): HandshakeStep | 'CONNECTED' {
    return this.#steps.at(-1)?.step ?? 'CONNECTED';
  }

  /** The group of the key exchange, IANA name; undefined until it is seen, and for static RSA and DHE. */
  get group(): string | undefined {
    return this.#group;
  }

  /** What came is not TLS, or not a handshake as RFC 8446 and 5246 spell it. */
  get malformed(): boolean {
    return this.#malformed || this.#records.broken || this.#handshake.broken;
  }

  /** The first bytes are those of a status line: the port serves plain HTTP. */
  get looksLikeHttp(): boolean {
    return Buffer.from(this.#firstBytes).toString('latin1') === 'HTTP/';
  }

  clientHello(afterMs: number, detail: string): void {
    this.#reach('CLIENT_HELLO', afterMs, detail);
  }

  received(bytes: Uint8Array, afterMs: number): void {
    if (this.#firstBytes.length < 5) this.#firstBytes = [...this.#firstBytes, ...bytes.subarray(0, 5)].slice(0, 5);
    for (const record of this.#records.push(bytes)) this.#record(record, afterMs);
  }

  /** The handshake is complete: both Finished messages were right. */
  finished(afterMs: number, session: Session): void {
    if (this.#flight !== undefined) {
      this.#reach('CERTIFICATE', this.#flight.firstMs, certificateDetail(session.chain.length));
      this.#reach('KEY_EXCHANGE', this.#flight.lastMs, keyExchangeDetail('ECDHE', this.#group));
    }
    const roundTrips = (this.#isTls13 ? 1 : 2) + (this.#retried ? 1 : 0);
    this.#reach('FINISHED', afterMs, finishedDetail(roundTrips, session.alpn));
  }

  get #isTls13(): boolean {
    return (this.#hello?.version ?? 0) >= TLS13;
  }

  #record({ type, fragment }: TlsRecord, afterMs: number): void {
    if (this.#encrypted) return;
    switch (type) {
      case CONTENT_TYPE.HANDSHAKE:
        for (const message of this.#handshake.push(fragment)) this.#message(message, afterMs);
        return;
      case CONTENT_TYPE.ALERT:
        return;
      case CONTENT_TYPE.CHANGE_CIPHER_SPEC:
        // In TLS 1.3 it is there for middleboxes only and changes nothing (RFC 8446 D.4).
        if (!this.#isTls13) this.#encrypted = true;
        return;
      default:
        if (this.#isTls13) this.#flight = { firstMs: this.#flight?.firstMs ?? afterMs, lastMs: afterMs };
        else this.#malformed = true;
    }
  }

  #message({ type, body }: HandshakeMessage, afterMs: number): void {
    switch (type) {
      case HANDSHAKE_TYPE.SERVER_HELLO:
        return this.#serverHello(parseServerHello(body), afterMs);
      case HANDSHAKE_TYPE.CERTIFICATE: {
        const certificates = parseCertificateList(body);
        if (certificates === undefined) this.#malformed = true;
        else this.#reach('CERTIFICATE', afterMs, certificateDetail(certificates.length));
        return;
      }
      case HANDSHAKE_TYPE.SERVER_KEY_EXCHANGE:
      case HANDSHAKE_TYPE.SERVER_HELLO_DONE:
        return this.#keyExchange(type === HANDSHAKE_TYPE.SERVER_KEY_EXCHANGE ? body : undefined, afterMs);
    }
  }

  #serverHello(hello: ServerHello | undefined, afterMs: number): void {
    if (hello === undefined) {
      this.#malformed = true;
      return;
    }
    this.#hello = hello;
    if (hello.keyShare !== undefined) this.#group = groupName(hello.keyShare.group);
    if (hello.helloRetryRequest) this.#retried = true;
    else this.#reach('SERVER_HELLO', afterMs, serverHelloDetail(hello, this.#retried));
  }

  #keyExchange(serverKeyExchange: Uint8Array | undefined, afterMs: number): void {
    const exchange = suiteParameters(this.#hello?.cipherSuite ?? 0).keyExchange;
    const read =
      serverKeyExchange && exchange === 'ECDHE'
        ? parseServerKeyExchange(serverKeyExchange, { kind: 'ECDHE', anonymous: false, version: 0x0303 })
        : undefined;
    if (read?.share.kind === 'ECDHE') this.#group = groupName(read.share.group);
    this.#reach('KEY_EXCHANGE', afterMs, keyExchangeDetail(exchange, this.#group));
  }

  /** The list is always the first so many of the five: a repetition adds nothing, and a step out of turn is no handshake. */
  #reach(step: HandshakeStep, afterMs: number, detail: string): void {
    const place = HANDSHAKE_STEPS.indexOf(step);
    if (place === this.#steps.length) this.#steps.push({ step, afterMs, detail });
    else if (place > this.#steps.length) this.#malformed = true;
  }
}
