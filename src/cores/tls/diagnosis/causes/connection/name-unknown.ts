/** The server turns this name away: by the alert for it (RFC 6066 3), or in another way while a client without a name gets on. */
import { alertOf, nameIsDisliked } from '../../failure.js';
import type { Rule } from '../../case.js';
import { stumblesOverAnyName } from '../tolerance/extension-intolerant.js';
import { ifOurs, reportPlaces } from '../../report.js';

export const nameUnknown: Rule = (c) =>
  reportPlaces(c, 'NAME_UNKNOWN', { severity: 'BROKEN', whoActs: 'ADMIN', repair: ifOurs(c, 'REINSTALL') }, (place) => {
    if (c.check.name === undefined) return undefined;
    const alert = alertOf(place);
    if (alert !== 'unrecognized_name' && (!nameIsDisliked(place) || stumblesOverAnyName(place))) return undefined;
    return { answer: alert === undefined ? 'it cuts the connection' : `it answers with the alert ${alert}` };
  });
