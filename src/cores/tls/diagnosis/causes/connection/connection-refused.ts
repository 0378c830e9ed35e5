/** Nothing listens on the port (RFC 9293 3.10.7.1: a reset in answer to the first packet). */
import { answersAnywhere, failureCode } from '../../failure.js';
import type { Rule } from '../../case.js';
import { report } from '../../report.js';

export const connectionRefused: Rule = (c) =>
  c.places
    .filter((place) => failureCode(place) === 'CONNECTION_REFUSED')
    .map((place) =>
      report(c, 'CONNECTION_REFUSED', {
        // Most browsers go on to the next address; CAs and other programs often do not.
        severity: answersAnywhere(c.places, place) ? 'WEAK' : 'BROKEN',
        whoActs: 'ADMIN',
        where: [place],
        evidence: { port: place.port },
      }),
    );
