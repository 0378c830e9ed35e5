/** A server that lives in another time shows old staples, renews late, and takes tickets and cookies that have ended. */
import { toIso } from '../../../../../values/instant.js';
import type { Rule } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { reportPlaces } from '../../report.js';
import { clockDifference, spanText } from './clocks.js';
import { evidenceAt } from './our-clock-wrong.js';

export const serverClockWrong: Rule = (c) =>
  reportPlaces(c, 'SERVER_CLOCK_WRONG', { severity: 'WEAK', whoActs: 'ADMIN' }, (place) => {
    const ahead = clockDifference(place);
    if (ahead === undefined || evidenceAt(c, place) !== undefined) return undefined;
    const answer = place.http?.overTls?.ok ? place.http.overTls.value : undefined;
    const times: Diagnosis['evidence'] = answer?.date === undefined ? {} : { theirs: toIso(answer.date), ours: toIso(answer.receivedAt) };
    return { by: spanText(ahead), direction: ahead > 0 ? 'ahead' : 'behind', ...times };
  });
