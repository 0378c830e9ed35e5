/** Servers for mail and files speak first; some begin TLS only when they are asked to (STARTTLS: RFC 3207, RFC 8314). */
import { protocolFailure } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const otherProtocol: Rule = (c) =>
  reportPlaces(c, 'OTHER_PROTOCOL', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    const failure = protocolFailure(place);
    return failure?.kind === 'OTHER_PROTOCOL' ? { port: place.port, greeting: failure.greeting } : undefined;
  });
