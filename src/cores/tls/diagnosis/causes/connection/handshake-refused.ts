/** The server ended the handshake with an alert (RFC 8446 6) that nothing else explains. */
import { alertOf } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const handshakeRefused: Rule = (c) =>
  reportPlaces(c, 'HANDSHAKE_REFUSED', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    const alert = alertOf(place);
    return alert === undefined ? undefined : { alert, meaning: MEANINGS[alert] ?? 'the server does not say more' };
  });

/** What lies behind it most often. */
const MEANINGS: Readonly<Record<string, string>> = {
  access_denied: 'the server lets in only whom it knows',
  bad_certificate: 'it wants a client certificate, or another one',
  decode_error: 'it could not read the Client Hello; often a device on the way that stumbles over a long one',
  handshake_failure: 'it found nothing that both sides can do',
  illegal_parameter: 'it takes offence at something that the standard allows',
  insufficient_security: 'it asks for stronger ciphers than browsers have',
  internal_error: 'it has no certificate for this name, or cannot read its key; its log says which',
  missing_extension: 'it misses something that clients of today do not send',
  no_application_protocol: 'it speaks neither HTTP/2 nor HTTP/1.1 here',
  record_overflow: 'it does not seem to speak TLS here',
  unexpected_message: 'it does not seem to speak TLS here',
};
