/**
 * It is TLS, and more of it than clients read: they hold what a stranger sends, so each of them has an end. The certificate is what grows, with the
 * names that it is for and the chain behind it.
 */
import type { AddressCheck } from '../../../check/site-check.js';
import { protocolFailure } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

/** A Certificate message in OpenSSL and BoringSSL (SSL_MAX_CERT_LIST_DEFAULT), and so in Chrome, curl and most programs. */
const MAX_CERTIFICATE_MESSAGE = 102_400;

export const handshakeTooLong: Rule = (c) =>
  reportPlaces(c, 'HANDSHAKE_TOO_LONG', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    const failure = protocolFailure(place);
    if (failure !== undefined) return failure.tooLong === 'CERTIFICATE' ? { detail: failure.detail } : undefined;
    const longest = Math.max(0, ...place.certificates.map(({ chain }) => messageLength(chain)));
    if (longest <= MAX_CERTIFICATE_MESSAGE) return undefined;
    return { detail: `its certificates take ${longest} bytes, and most clients read ${MAX_CERTIFICATE_MESSAGE} at most` };
  });

/** RFC 5246 7.4.2: a length of three bytes before all of them, and before each. */
const messageLength = (chain: AddressCheck['certificates'][number]['chain']): number =>
  chain.reduce((sum, { length }) => sum + 3 + length, 3);
