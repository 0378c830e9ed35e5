/** What came is no TLS, or not as the standard spells it: too much of it, a choice that was not offered, garbage. */
import { protocolFailure } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const notTls: Rule = (c) =>
  reportPlaces(c, 'NOT_TLS', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    const failure = protocolFailure(place);
    return failure === undefined || TOLD_ELSEWHERE.has(failure.kind) || failure.tooLong === 'CERTIFICATE'
      ? undefined
      : { port: place.port, detail: failure.detail };
  });

const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['PLAIN_HTTP', 'OTHER_PROTOCOL', 'FORGED']);
