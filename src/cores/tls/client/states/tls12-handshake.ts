/** TLS 1.0 to 1.2 from the ServerHello on (RFC 5246 7.3), and what SSL 3.0 sends in clear text. */
import { forged, malformed, unexpected } from '../failure.js';
import { concat, uint } from '../../codec/byte-writer.js';
import { parseCertificateList, parseCertificateStatus } from '../../codec/certificate-list.js';
import { parseCertificateRequest12 } from '../../codec/certificate-request.js';
import { encodeHandshake, HANDSHAKE_TYPE, type HandshakeMessage } from '../../codec/handshake.js';
import { parseNewSessionTicket12 } from '../../codec/new-session-ticket.js';
import { CONTENT_TYPE } from '../../codec/record.js';
import type { ServerHello } from '../../codec/server-hello.js';
import { parseServerKeyExchange, type ServerKeyExchange } from '../../codec/server-key-exchange.js';
import { type PrfHash, prfHash, verifyData } from '../../protection/prf.js';
import { tls12Protection } from '../../protection/tls12-keys.js';
import type { RecordProtection } from '../../protection/record-protection.js';
import { EXTENSION } from '../../registry/extension-types.js';
import { type SuiteParameters, suiteParameters } from '../../registry/suite-parameters.js';
import type { Handshake, HandshakeContext } from '../handshake.js';
import type { ClientFailure } from '../seen.js';
import { checkSignature } from '../signature.js';
import { agree12, checkShare, whyNotCompletable } from './tls12-key-exchange.js';

type Expects =
  | 'CERTIFICATE'
  | 'KEY_EXCHANGE_OR_LATER'
  | 'REQUEST_OR_DONE'
  | 'DONE'
  | 'TICKET_OR_CHANGE_CIPHER_SPEC'
  | 'CHANGE_CIPHER_SPEC'
  | 'FINISHED'
  | 'NOTHING';

export class Tls12Handshake implements Handshake {
  readonly #context: HandshakeContext;
  readonly #serverHello: ServerHello;
  readonly #suite: SuiteParameters;
  readonly #hash: PrfHash;
  #expects: Expects;
  #serverKeyExchange: ServerKeyExchange | undefined;
  #masterSecret: Uint8Array | undefined;
  #protection: { readonly reading: RecordProtection; readonly writing: RecordProtection } | undefined;
  #ticket: { readonly lifetimeSeconds: number; readonly ticket: Uint8Array } | undefined;
  #flightEnded = false;

  /** The transcript ends with the ServerHello. */
  constructor(context: HandshakeContext, serverHello: ServerHello) {
    this.#context = context;
    this.#serverHello = serverHello;
    this.#suite = suiteParameters(serverHello.cipherSuite);
    this.#hash = prfHash(serverHello.version, this.#suite.hash);
    this.#expects = this.#suite.anonymous ? 'KEY_EXCHANGE_OR_LATER' : 'CERTIFICATE';
    if (context.seen.resumed) this.#resume();
  }

  get flightEnded(): boolean {
    return this.#flightEnded;
  }

  message(message: HandshakeMessage): ClientFailure | undefined {
    if (message.type === HANDSHAKE_TYPE.HELLO_REQUEST && message.body.length === 0) return undefined; // may be passed over (RFC 5246 7.4.1.1)
    const { transcript } = this.#context;
    // A Finished is over all before it; everything else is in before it is answered.
    if (message.type === HANDSHAKE_TYPE.FINISHED) {
      return this.#expects === 'FINISHED' ? this.#finished(message) : unexpected(message.type);
    }
    transcript.add(message.bytes);
    return this.#step(message);
  }

  changeCipherSpec(): ClientFailure | undefined {
    const isInTurn = this.#expects === 'TICKET_OR_CHANGE_CIPHER_SPEC' || this.#expects === 'CHANGE_CIPHER_SPEC';
    if (!isInTurn || this.#protection === undefined) return malformed('ChangeCipherSpec came out of turn');
    this.#context.records.protectReading(this.#protection.reading);
    this.#expects = 'FINISHED';
    return undefined;
  }

  #step({ type, body }: HandshakeMessage): ClientFailure | undefined {
    const expects = this.#expects;
    switch (type) {
      case HANDSHAKE_TYPE.CERTIFICATE:
        return expects === 'CERTIFICATE' ? this.#certificate(body) : unexpected(type);
      case HANDSHAKE_TYPE.CERTIFICATE_STATUS:
        return expects === 'KEY_EXCHANGE_OR_LATER' ? this.#certificateStatus(body) : unexpected(type);
      case HANDSHAKE_TYPE.SERVER_KEY_EXCHANGE:
        return expects === 'KEY_EXCHANGE_OR_LATER' ? this.#keyExchange(body) : unexpected(type);
      case HANDSHAKE_TYPE.CERTIFICATE_REQUEST:
        return expects === 'REQUEST_OR_DONE' || expects === 'KEY_EXCHANGE_OR_LATER' ? this.#certificateRequest(body) : unexpected(type);
      case HANDSHAKE_TYPE.SERVER_HELLO_DONE:
        return expects === 'CERTIFICATE' || body.length > 0 || !this.#expectsServerToAct ? unexpected(type) : this.#serverHelloDone();
      case HANDSHAKE_TYPE.NEW_SESSION_TICKET:
        return expects === 'TICKET_OR_CHANGE_CIPHER_SPEC' ? this.#newTicket(body) : unexpected(type);
      default:
        return unexpected(type);
    }
  }

  get #expectsServerToAct(): boolean {
    return this.#expects === 'KEY_EXCHANGE_OR_LATER' || this.#expects === 'REQUEST_OR_DONE' || this.#expects === 'DONE';
  }

  #certificate(body: Uint8Array): ClientFailure | undefined {
    const chain = parseCertificateList(body);
    if (chain === undefined || chain.length === 0) return malformed('Certificate');
    this.#context.seen.chain = chain;
    this.#expects = 'KEY_EXCHANGE_OR_LATER';
    return undefined;
  }

  #certificateStatus(body: Uint8Array): ClientFailure | undefined {
    const staple = parseCertificateStatus(body);
    if (staple === undefined) return malformed('CertificateStatus');
    this.#context.seen.staple = staple;
    return undefined;
  }

  #keyExchange(body: Uint8Array): ClientFailure | undefined {
    const { keyExchange, anonymous } = this.#suite;
    this.#expects = 'REQUEST_OR_DONE';
    // An exchange that is not known here cannot be read, and is told of when the flight has ended.
    if (keyExchange === undefined) return undefined;
    const { seen, hello } = this.#context;
    const { version, random } = this.#serverHello;
    const read = parseServerKeyExchange(body, { kind: keyExchange, anonymous, version });
    if (read === undefined) return malformed('ServerKeyExchange');
    const failure = checkShare(read.share, hello.offer, seen);
    if (failure !== undefined) return failure;
    this.#serverKeyExchange = read;
    if (read.signature === undefined) return undefined;
    const { algorithm, value } = read.signature;
    const part = { signed: concat(hello.random, random, read.parameters), value, algorithm };
    const forgedOrNot = checkSignature(seen.chain?.[0], part, { version, offered: hello.offer.signatureAlgorithms });
    if (forgedOrNot === undefined) seen.signature = algorithm === undefined ? {} : { algorithm };
    return forgedOrNot;
  }

  #certificateRequest(body: Uint8Array): ClientFailure | undefined {
    const request = parseCertificateRequest12(body, this.#serverHello.version);
    if (request === undefined) return malformed('CertificateRequest');
    const { authorities, signatureAlgorithms } = request;
    this.#context.seen.certificateRequest = { authorities, signatureAlgorithms };
    this.#expects = 'DONE';
    return undefined;
  }

  #serverHelloDone(): ClientFailure | undefined {
    const { keyExchange } = this.#suite;
    if (keyExchange === 'RSA') this.#context.seen.keyExchange ??= { kind: 'RSA' };
    else if (keyExchange !== undefined && this.#serverKeyExchange === undefined) return malformed('no ServerKeyExchange');
    this.#flightEnded = true;
    return this.#context.until === 'FINISHED' ? this.#answer() : undefined;
  }

  /** ClientKeyExchange, ChangeCipherSpec, Finished; before them no certificate, where one was asked for. */
  #answer(): ClientFailure | undefined {
    const { seen, tools, hello, transcript } = this.#context;
    const { version, extensions, compressionMethod } = this.#serverHello;
    const obstacle = whyNotCompletable(this.#suite, version, compressionMethod);
    if (obstacle !== undefined) return obstacle;
    const agreed = agree12(this.#serverKeyExchange?.share, seen.chain?.[0], hello.offer, tools);
    if ('kind' in agreed) return agreed;
    if (seen.certificateRequest) this.#send(HANDSHAKE_TYPE.CERTIFICATE, uint(3, 0));
    this.#send(HANDSHAKE_TYPE.CLIENT_KEY_EXCHANGE, agreed.clientKeyExchange);
    const randoms = concat(hello.random, this.#serverHello.random);
    this.#protect(
      agreed.masterSecret(this.#hash, extensions.has(EXTENSION.EXTENDED_MASTER_SECRET) ? { session: transcript.digest() } : { randoms }),
    );
    this.#sendFinished();
    this.#expects = extensions.has(EXTENSION.SESSION_TICKET) ? 'TICKET_OR_CHANGE_CIPHER_SPEC' : 'CHANGE_CIPHER_SPEC';
    return undefined;
  }

  /** RFC 5246 7.3, RFC 5077 3.4: the server goes on at once. */
  #resume(): void {
    const { resume } = this.#context.hello.offer;
    if (resume === undefined || resume.kind === 'PSK') return;
    this.#protect(resume.masterSecret);
    this.#expects = this.#serverHello.extensions.has(EXTENSION.SESSION_TICKET) ? 'TICKET_OR_CHANGE_CIPHER_SPEC' : 'CHANGE_CIPHER_SPEC';
  }

  #newTicket(body: Uint8Array): ClientFailure | undefined {
    const read = parseNewSessionTicket12(body);
    if (read === undefined) return malformed('NewSessionTicket');
    this.#ticket = read;
    this.#expects = 'CHANGE_CIPHER_SPEC';
    return undefined;
  }

  #finished({ body, bytes }: HandshakeMessage): ClientFailure | undefined {
    const { seen, transcript, until } = this.#context;
    const expected = verifyData(this.#hash, this.#masterSecret ?? new Uint8Array(), 'server', transcript.digest());
    if (!Buffer.from(expected).equals(body)) return forged('FINISHED');
    transcript.add(bytes);
    this.#expects = 'NOTHING';
    this.#flightEnded = true;
    if (seen.resumed && until === 'FINISHED') this.#sendFinished();
    seen.finished = until === 'FINISHED';
    this.#keepSession();
    return undefined;
  }

  /** What there is to come back with. */
  #keepSession(): void {
    const { seen } = this.#context;
    const { sessionId } = this.#serverHello;
    const masterSecret = this.#masterSecret ?? new Uint8Array();
    const kept = [...seen.tickets];
    if (this.#ticket && this.#ticket.ticket.length > 0) {
      const { lifetimeSeconds, ticket } = this.#ticket;
      kept.push({ lifetimeSeconds, resumption: { kind: 'TICKET', ticket, masterSecret } });
    }
    if (sessionId.length > 0 && !seen.resumed) {
      kept.push({ lifetimeSeconds: 0, resumption: { kind: 'SESSION_ID', sessionId, masterSecret } });
    }
    seen.tickets = kept;
  }

  #protect(masterSecret: Uint8Array): void {
    const { hello, tools } = this.#context;
    const { version, random, extensions } = this.#serverHello;
    const { cipher } = this.#suite;
    if (cipher === undefined) return;
    this.#masterSecret = masterSecret;
    this.#protection = tls12Protection({
      version,
      hash: this.#hash,
      suite: { ...this.#suite, cipher },
      masterSecret,
      clientRandom: hello.random,
      serverRandom: random,
      encryptThenMac: extensions.has(EXTENSION.ENCRYPT_THEN_MAC),
      bytes: (length) => tools.bytes(length),
    });
  }

  #sendFinished(): void {
    const { records, transcript } = this.#context;
    records.sendChangeCipherSpec();
    records.protectWriting(this.#protection?.writing);
    this.#send(HANDSHAKE_TYPE.FINISHED, verifyData(this.#hash, this.#masterSecret ?? new Uint8Array(), 'client', transcript.digest()));
  }

  #send(type: number, body: Uint8Array): void {
    const message = encodeHandshake(type, body);
    this.#context.transcript.add(message);
    this.#context.records.send(CONTENT_TYPE.HANDSHAKE, message);
  }
}
