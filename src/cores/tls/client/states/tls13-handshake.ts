/** TLS 1.3 from the ServerHello on (RFC 8446 4). */
import { forged, malformed, notOffered, unexpected } from '../failure.js';
import { ByteReader } from '../../codec/byte-reader.js';
import { concat, uint, vector } from '../../codec/byte-writer.js';
import { parseCertificateEntries } from '../../codec/certificate-list.js';
import { parseCertificateRequest13 } from '../../codec/certificate-request.js';
import { encodeHandshake, HANDSHAKE_TYPE, type HandshakeMessage } from '../../codec/handshake.js';
import { CONTENT_TYPE } from '../../codec/record.js';
import { parseAlpn, parseEncryptedExtensions } from '../../codec/server-hello.js';
import { finishedMac, KeySchedule } from '../../protection/key-schedule.js';
import { Tls13Protection } from '../../protection/tls13-protection.js';
import { EXTENSION } from '../../registry/extension-types.js';
import type { BulkCipher } from '../../registry/suite-parameters.js';
import { TLS13 } from '../../registry/versions.js';
import type { Handshake, HandshakeContext } from '../handshake.js';
import type { ClientFailure } from '../seen.js';
import { certificateVerifyInput, checkSignature } from '../signature.js';
import { Tls13Established } from './tls13-established.js';

type Expects = 'ENCRYPTED_EXTENSIONS' | 'CERTIFICATE_OR_REQUEST' | 'CERTIFICATE' | 'CERTIFICATE_VERIFY' | 'FINISHED' | 'NOTHING';

/** What the ServerHello settled. `schedule` stands at the Early Secret, made with the PSK where the server took it (`resumed`). */
export type Tls13Agreed = {
  readonly cipher: BulkCipher;
  readonly schedule: KeySchedule;
  readonly resumed: boolean;
  readonly sharedSecret: Uint8Array;
  /** client_early_traffic_secret, where early data was offered with that PSK. */
  readonly earlySecret: Uint8Array | undefined;
};

export class Tls13Handshake implements Handshake {
  readonly #context: HandshakeContext;
  readonly #agreed: Tls13Agreed;
  readonly #clientSecret: Uint8Array;
  readonly #serverSecret: Uint8Array;
  #expects: Expects = 'ENCRYPTED_EXTENSIONS';
  /** Of a CertificateRequest, to be answered. */
  #requestContext: Uint8Array | undefined;
  #established: Tls13Established | undefined;

  /** The transcript ends with the ServerHello. */
  constructor(context: HandshakeContext, agreed: Tls13Agreed) {
    this.#context = context;
    this.#agreed = agreed;
    const { schedule, cipher } = agreed;
    schedule.enter(agreed.sharedSecret);
    const untilServerHello = context.transcript.digest();
    this.#clientSecret = schedule.derive('c hs traffic', untilServerHello);
    this.#serverSecret = schedule.derive('s hs traffic', untilServerHello);
    context.records.protectReading(new Tls13Protection(cipher, schedule.hash, this.#serverSecret));
    context.records.protectWriting(new Tls13Protection(cipher, schedule.hash, this.#clientSecret));
  }

  get flightEnded(): boolean {
    return this.#expects === 'NOTHING';
  }

  changeCipherSpec(): ClientFailure | undefined {
    // For middleboxes; it changes nothing (RFC 8446 D.4), and has no place once the handshake is done (5).
    return this.#established ? malformed('ChangeCipherSpec after the handshake') : undefined;
  }

  message(message: HandshakeMessage): ClientFailure | undefined {
    if (this.#established) return this.#established.message(message);
    if (this.#expects === 'NOTHING') return unexpected(message.type);
    const failure = this.#step(message);
    // The server's Finished is added where it is checked: our own keys are derived from the transcript with it.
    if (failure === undefined && message.type !== HANDSHAKE_TYPE.FINISHED) this.#context.transcript.add(message.bytes);
    return failure;
  }

  #step({ type, body, bytes }: HandshakeMessage): ClientFailure | undefined {
    const expects = this.#expects;
    switch (type) {
      case HANDSHAKE_TYPE.ENCRYPTED_EXTENSIONS:
        return expects === 'ENCRYPTED_EXTENSIONS' ? this.#encryptedExtensions(body) : unexpected(type);
      case HANDSHAKE_TYPE.CERTIFICATE_REQUEST:
        return expects === 'CERTIFICATE_OR_REQUEST' ? this.#certificateRequest(body) : unexpected(type);
      case HANDSHAKE_TYPE.CERTIFICATE:
        return expects === 'CERTIFICATE_OR_REQUEST' || expects === 'CERTIFICATE' ? this.#certificate(body) : unexpected(type);
      case HANDSHAKE_TYPE.CERTIFICATE_VERIFY:
        return expects === 'CERTIFICATE_VERIFY' ? this.#certificateVerify(body) : unexpected(type);
      case HANDSHAKE_TYPE.FINISHED:
        return expects === 'FINISHED' ? this.#finished(body, bytes) : unexpected(type);
      default:
        return unexpected(type);
    }
  }

  #encryptedExtensions(body: Uint8Array): ClientFailure | undefined {
    const { seen, hello } = this.#context;
    const extensions = parseEncryptedExtensions(body);
    if (extensions === undefined || seen.serverHello === undefined) return malformed('EncryptedExtensions');
    const types = [...extensions.keys()];
    const unasked = types.find((type) => !hello.extensions.has(type));
    if (unasked !== undefined) return notOffered(`extension ${unasked}`);
    seen.serverHello = { ...seen.serverHello, extensions: [...seen.serverHello.extensions, ...types] };
    const protocol = extensions.get(EXTENSION.ALPN);
    const alpn = protocol && parseAlpn(protocol);
    if (protocol && alpn === undefined) return malformed('ALPN');
    if (alpn !== undefined && !hello.offer.alpn.includes(alpn)) return notOffered(`protocol ${alpn}`);
    if (alpn !== undefined) seen.alpn = alpn;
    if (extensions.has(EXTENSION.EARLY_DATA) && !this.#agreed.resumed) return malformed('early data without a pre-shared key');
    seen.earlyDataAccepted = extensions.has(EXTENSION.EARLY_DATA);
    this.#expects = this.#agreed.resumed ? 'FINISHED' : 'CERTIFICATE_OR_REQUEST';
    return undefined;
  }

  #certificateRequest(body: Uint8Array): ClientFailure | undefined {
    const request = parseCertificateRequest13(body);
    if (request === undefined) return malformed('CertificateRequest');
    const { context, ...asked } = request;
    this.#context.seen.certificateRequest = asked;
    this.#requestContext = context;
    this.#expects = 'CERTIFICATE';
    return undefined;
  }

  #certificate(body: Uint8Array): ClientFailure | undefined {
    const entries = parseCertificateEntries(body);
    if (entries === undefined || entries.chain.length === 0) return malformed('Certificate');
    const { seen, hello } = this.#context;
    const unasked = entries.extensions.find((type) => !hello.extensions.has(type));
    if (unasked !== undefined) return notOffered(`extension ${unasked} of a certificate`);
    seen.chain = entries.chain;
    if (entries.staple) seen.staple = entries.staple;
    if (entries.timestamps) seen.timestamps = entries.timestamps;
    this.#expects = 'CERTIFICATE_VERIFY';
    return undefined;
  }

  #certificateVerify(body: Uint8Array): ClientFailure | undefined {
    const { seen, transcript, hello } = this.#context;
    const message = new ByteReader(body);
    const algorithm = message.uint(2);
    const value = message.vector(2);
    if (message.failed || !message.done) return malformed('CertificateVerify');
    const part = { signed: certificateVerifyInput(transcript.digest()), value, algorithm };
    const failure = checkSignature(seen.chain?.[0], part, { version: TLS13, offered: hello.offer.signatureAlgorithms });
    if (failure === undefined) seen.signature = { algorithm };
    this.#expects = 'FINISHED';
    return failure;
  }

  #finished(body: Uint8Array, bytes: Uint8Array): ClientFailure | undefined {
    const { transcript, until } = this.#context;
    const expected = finishedMac(this.#agreed.schedule.hash, this.#serverSecret, transcript.digest());
    if (!Buffer.from(expected).equals(body)) return forged('FINISHED');
    transcript.add(bytes);
    this.#expects = 'NOTHING';
    if (until === 'FINISHED') this.#finish();
    return undefined;
  }

  /** Our flight, and from then on the application's keys (RFC 8446 7.1). */
  #finish(): void {
    const { records, transcript, seen, hello } = this.#context;
    const { schedule, cipher, earlySecret } = this.#agreed;
    schedule.enter();
    const untilServerFinished = transcript.digest();
    const clientSecret = schedule.derive('c ap traffic', untilServerFinished);
    if (hello.sessionId.length > 0) records.sendCompatibilityChangeCipherSpec();
    if (seen.earlyDataAccepted && earlySecret) {
      records.protectWriting(new Tls13Protection(cipher, schedule.hash, earlySecret));
      this.#send(HANDSHAKE_TYPE.END_OF_EARLY_DATA, new Uint8Array());
      records.protectWriting(new Tls13Protection(cipher, schedule.hash, this.#clientSecret));
    }
    if (this.#requestContext) this.#send(HANDSHAKE_TYPE.CERTIFICATE, concat(vector(1, this.#requestContext), uint(3, 0)));
    this.#send(HANDSHAKE_TYPE.FINISHED, finishedMac(schedule.hash, this.#clientSecret, transcript.digest()));
    const keys = { cipher, schedule, clientSecret, untilServerFinished };
    this.#established = new Tls13Established(this.#context, keys);
    seen.finished = true;
  }

  #send(type: number, body: Uint8Array): void {
    const message = encodeHandshake(type, body);
    this.#context.transcript.add(message);
    this.#context.records.send(CONTENT_TYPE.HANDSHAKE, message);
  }
}
