/** From the ClientHello to the ServerHello: what was chosen is held against what was offered, and the machine for it is made. */
import { malformed, notCompletable, notOffered } from '../failure.js';
import type { HandshakeMessage } from '../../codec/handshake.js';
import { CONTENT_TYPE } from '../../codec/record.js';
import { parseServerHello, type ServerHello } from '../../codec/server-hello.js';
import { KeySchedule } from '../../protection/key-schedule.js';
import { prfHash } from '../../protection/prf.js';
import { isAvailable } from '../../protection/aead.js';
import { groupName } from '../../registry/groups.js';
import { suiteParameters } from '../../registry/suite-parameters.js';
import { TLS12, TLS13 } from '../../registry/versions.js';
import { againstFirstHello, againstOffer, downgradeIn } from './chosen.js';
import type { SentHello } from '../hello/client-hello.js';
import type { Handshake, OpeningContext } from '../handshake.js';
import type { Hellos } from '../hello/hellos.js';
import type { ClientFailure, SeenKeyExchange } from '../seen.js';
import { Tls12Handshake } from './tls12-handshake.js';
import { Tls13Handshake } from './tls13-handshake.js';

const RECORD_HEADER = 5;

export class Opening {
  readonly #context: OpeningContext;
  readonly #hellos: Hellos;
  #hello: SentHello;
  #retry: ServerHello | undefined;

  constructor(context: OpeningContext, hellos: Hellos) {
    this.#context = context;
    this.#hellos = hellos;
    this.#hello = hellos.first();
  }

  start(): void {
    this.#context.seen.helloLength = RECORD_HEADER + this.#hello.message.length;
    this.#send();
    const { offer, sessionId } = this.#hello;
    if (offer.earlyData && offer.resume?.kind === 'PSK' && sessionId.length > 0) this.#context.records.sendCompatibilityChangeCipherSpec();
  }

  /** RETRIED: another ClientHello is on its way. ENOUGH: nobody wants to know more. */
  serverHello(message: HandshakeMessage): Handshake | ClientFailure | 'RETRIED' | 'ENOUGH' {
    const chosen = parseServerHello(message.body);
    if (chosen === undefined) return malformed('ServerHello');
    if (chosen.helloRetryRequest) return this.#answerRetry(chosen, message.bytes);
    const { seen, until } = this.#context;
    const downgrade = downgradeIn(chosen);
    seen.serverHello = {
      version: chosen.version,
      cipherSuite: chosen.cipherSuite,
      compressionMethod: chosen.compressionMethod,
      sessionId: chosen.sessionId,
      extensions: [...chosen.extensions.keys()],
      ...(downgrade && { downgrade }),
    };
    const failure = againstOffer(chosen, this.#hello) ?? (this.#retry && againstFirstHello(chosen, this.#retry));
    if (failure !== undefined) return failure;
    if (until === 'SERVER_HELLO') return 'ENOUGH';
    return chosen.version === TLS13 ? this.#begin13(chosen, message.bytes) : this.#begin12(chosen, message.bytes);
  }

  #answerRetry(request: ServerHello, bytes: Uint8Array): ClientFailure | 'RETRIED' {
    const { seen, tools, transcript, records } = this.#context;
    const { offer, shares, sessionId } = this.#hello;
    if (this.#retry !== undefined) return malformed('a second HelloRetryRequest');
    const { version, cipherSuite, keyShare, cookie } = request;
    seen.helloRetryRequest = { ...(keyShare && { group: keyShare.group }), cookie: cookie !== undefined };
    const failure = againstOffer(request, this.#hello);
    if (failure !== undefined) return failure;
    if (version !== TLS13 || (keyShare === undefined && cookie === undefined)) return malformed('HelloRetryRequest');
    if (keyShare && shares.has(keyShare.group)) return malformed('a HelloRetryRequest for a key share that it has');
    if (keyShare && !offer.groups.includes(keyShare.group)) return notOffered(`group ${groupName(keyShare.group)}`);
    const key = keyShare && tools.keyShare(keyShare.group);
    if (keyShare && key === undefined) return notCompletable(`group ${groupName(keyShare.group)}`);
    this.#retry = request;
    transcript.retry(suiteParameters(cipherSuite).hash);
    transcript.add(bytes);
    this.#hello = this.#hellos.again(
      this.#hello,
      { cookie, ...(keyShare && key && { share: { group: keyShare.group, key } }) },
      request,
      transcript,
    );
    records.speak(TLS12);
    if (sessionId.length > 0) records.sendCompatibilityChangeCipherSpec();
    this.#send();
    return 'RETRIED';
  }

  #begin13(chosen: ServerHello, bytes: Uint8Array): Handshake | ClientFailure {
    const { seen, transcript, records } = this.#context;
    const { offer, shares } = this.#hello;
    const { cipher, hash } = suiteParameters(chosen.cipherSuite);
    if (chosen.keyShare === undefined) return malformed('a ServerHello without a key share');
    const { group, share } = chosen.keyShare;
    seen.keyExchange = keyExchangeOf(group);
    const ours = shares.get(group);
    if (ours === undefined) return notOffered(`a key share of ${groupName(group)}`);
    if (cipher === undefined || !isAvailable(cipher) || cipher.tagLength === 0) return notCompletable('its cipher');
    const sharedSecret = ours.agree(share);
    if (sharedSecret === undefined) return malformed('its key share is none');

    const psk = chosen.selectedIdentity !== undefined && offer.resume?.kind === 'PSK' ? offer.resume : undefined;
    if (psk && suiteParameters(psk.cipherSuite).hash !== hash) return malformed('a pre-shared key of another hash');
    const schedule = new KeySchedule(hash, psk?.preSharedKey);
    const earlySecret = offer.earlyData && psk ? schedule.derive('c e traffic', transcript.digestWith(hash, new Uint8Array())) : undefined;
    seen.resumed = psk !== undefined;
    records.speak(chosen.version);
    transcript.begin(hash);
    transcript.add(bytes);
    const agreed = { cipher, schedule, sharedSecret, earlySecret, resumed: seen.resumed };
    return new Tls13Handshake({ ...this.#context, hello: this.#hello }, agreed);
  }

  #begin12(chosen: ServerHello, bytes: Uint8Array): Handshake {
    const { seen, transcript, records } = this.#context;
    const { offer, sessionId } = this.#hello;
    const isOffered = offer.resume?.kind === 'SESSION_ID' || offer.resume?.kind === 'TICKET';
    seen.resumed = isOffered && sessionId.length > 0 && Buffer.from(sessionId).equals(chosen.sessionId);
    records.speak(chosen.version);
    transcript.begin(prfHash(chosen.version, suiteParameters(chosen.cipherSuite).hash));
    transcript.add(bytes);
    return new Tls12Handshake({ ...this.#context, hello: this.#hello }, chosen);
  }

  #send(): void {
    const { message, offer } = this.#hello;
    this.#context.transcript.add(message);
    this.#context.records.send(CONTENT_TYPE.HANDSHAKE, message, offer.recordSize);
  }
}

/** RFC 7919: the finite fields have numbers of their own. */
function keyExchangeOf(group: number): SeenKeyExchange {
  const [, bits] = /^ffdhe(\d+)$/.exec(groupName(group)) ?? [];
  return bits === undefined ? { kind: 'ECDHE', group } : { kind: 'DHE', group, bits: Number(bits) };
}
