/** What was said is not what was heard: a Finished (RFC 8446 4.4.4) or a record that does not hold, though the signature did. */
import { protocolFailure } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const handshakeAltered: Rule = (c) =>
  reportPlaces(c, 'HANDSHAKE_ALTERED', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    const failure = protocolFailure(place);
    return failure?.kind === 'FORGED' && failure.forged !== 'SIGNATURE' ? { detail: failure.detail } : undefined;
  });
