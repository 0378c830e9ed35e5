/** The server cannot prove that the certificate is its own: it signs with another key (RFC 8446 4.4.3). */
import { protocolFailure } from '../../failure.js';
import type { Rule } from '../../case.js';
import { ifOurs, reportPlaces } from '../../report.js';

export const keyMismatch: Rule = (c) =>
  reportPlaces(c, 'KEY_MISMATCH', { severity: 'BROKEN', whoActs: 'ADMIN', repair: ifOurs(c, 'REINSTALL') }, (place) => {
    const failure = protocolFailure(place);
    return failure?.forged === 'SIGNATURE' ? { detail: failure.detail } : undefined;
  });
