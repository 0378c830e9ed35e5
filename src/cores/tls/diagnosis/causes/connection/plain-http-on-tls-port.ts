/** A web server that was told to listen, and not to speak TLS there: it answers the Client Hello with an HTTP error. */
import { protocolFailure } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const plainHttpOnTlsPort: Rule = (c) =>
  reportPlaces(c, 'PLAIN_HTTP_ON_TLS_PORT', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) =>
    protocolFailure(place)?.kind === 'PLAIN_HTTP' ? { port: place.port } : undefined,
  );
