/** A server's choice against what it was offered (RFC 8446 4.1.3, RFC 5246 7.4.1.3). */
import { malformed, notCompletable, notOffered } from '../failure.js';
import type { ServerHello } from '../../codec/server-hello.js';
import { cipherSuiteName } from '../../registry/cipher-suites.js';
import { EXTENSION } from '../../registry/extension-types.js';
import { TLS12, TLS13, versionName } from '../../registry/versions.js';
import type { SentHello } from '../hello/client-hello.js';

import type { ClientFailure, SeenServerHello } from '../seen.js';

/** RFC 5746 3.3: stands for an empty renegotiation_info. */
const RENEGOTIATION_SCSV = 0x00ff;

/** Of a ServerHello and a HelloRetryRequest; undefined: all of it was offered. */
export function againstOffer(chosen: ServerHello, hello: SentHello): ClientFailure | undefined {
  const { offer } = hello;
  const { version, cipherSuite, compressionMethod, extensions, selectedIdentity } = chosen;
  if (!offer.versions.includes(version)) return notOffered(versionName(version));
  if (!offer.cipherSuites.includes(cipherSuite)) return notOffered(`cipher suite ${cipherSuiteName(cipherSuite)}`);
  if (!(offer.compressionMethods ?? [0]).includes(compressionMethod)) return notOffered(`compression ${compressionMethod}`);
  const unasked = [...extensions.keys()].find((type) => !isAsked(type, chosen, hello));
  if (unasked !== undefined) return notOffered(`extension ${unasked}`);
  if (selectedIdentity !== undefined && selectedIdentity !== 0) return notOffered(`pre-shared key ${selectedIdentity}`);
  return version >= TLS13 ? againstTls13(chosen, hello) : againstTls12(chosen, hello);
}

/** RFC 8446 4.1.4: what a HelloRetryRequest chose holds. */
export function againstFirstHello({ version, cipherSuite, keyShare }: ServerHello, retry: ServerHello): ClientFailure | undefined {
  const isSame = version === retry.version && cipherSuite === retry.cipherSuite;
  const isGroup = retry.keyShare === undefined || keyShare?.group === retry.keyShare.group;
  return isSame && isGroup ? undefined : malformed('a ServerHello that contradicts its HelloRetryRequest');
}

/** RFC 8446 4.1.3: the last eight bytes of the random. */
export function downgradeIn({ random, version }: ServerHello): SeenServerHello['downgrade'] {
  if (version >= TLS13 || Buffer.from(random.subarray(24, 31)).toString('latin1') !== 'DOWNGRD') return undefined;
  const [, , , , , , , last] = random.subarray(24);
  return last === 1 ? 'TO_TLS12' : last === 0 ? 'TO_TLS11_OR_LESS' : undefined;
}

function isAsked(type: number, { helloRetryRequest }: ServerHello, { extensions, offer }: SentHello): boolean {
  if (extensions.has(type)) return true;
  if (type === EXTENSION.COOKIE) return helloRetryRequest;
  return type === EXTENSION.RENEGOTIATION_INFO && offer.cipherSuites.includes(RENEGOTIATION_SCSV);
}

function againstTls13({ version, cipherSuite, sessionId, compressionMethod }: ServerHello, hello: SentHello): ClientFailure | undefined {
  if (version !== TLS13) return notCompletable(versionName(version));
  if (!isTls13Suite(cipherSuite)) return malformed('a cipher suite of another version');
  if (!Buffer.from(hello.sessionId).equals(sessionId)) return malformed('another session id than it was sent');
  return compressionMethod === 0 ? undefined : malformed('compression in TLS 1.3');
}

function againstTls12(chosen: ServerHello, { offer }: SentHello): ClientFailure | undefined {
  if (isTls13Suite(chosen.cipherSuite)) return malformed('a cipher suite of another version');
  // RFC 8446 4.1.3: it has a newer version and was not asked for it, so somebody changed what it was asked.
  const downgrade = downgradeIn(chosen);
  const isTakenAway =
    (downgrade !== undefined && offer.versions.includes(TLS13)) || (downgrade === 'TO_TLS11_OR_LESS' && offer.versions.includes(TLS12));
  return isTakenAway ? malformed('a newer version was taken away on the way (downgrade)') : undefined;
}

const isTls13Suite = (code: number): boolean => code >> 8 === 0x13;
