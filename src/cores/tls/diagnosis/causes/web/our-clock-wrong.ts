/** The certificate of a CA that is trusted is not valid yet by our clock, and is by the server's: CA and server agree, and we do not. */
import { toIso } from '../../../../../values/instant.js';
import type { Case, Rule } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { reportPlaces } from '../../report.js';
import type { AddressCheck } from '../../../check/site-check.js';
import { clockDifference, spanText } from './clocks.js';

export const ourClockWrong: Rule = (c) =>
  reportPlaces(c, 'OUR_CLOCK_WRONG', { severity: 'UNKNOWN', whoActs: 'ADMIN' }, (place) => evidenceAt(c, place));

export function evidenceAt(c: Case, place: AddressCheck): Diagnosis['evidence'] | undefined {
  const ahead = clockDifference(place);
  const answer = [place.http?.overTls, place.http?.plain].find((one) => one?.ok && one.value.date !== undefined);
  if (ahead === undefined || ahead < 0 || !answer?.ok) return undefined;
  const { date, receivedAt } = answer.value;
  const chain = c.shown.find(({ leaf, path, where }) => {
    const here = where.some(({ address, port }) => address === place.address && port === place.port);
    return here && path.ok && leaf.notBefore > receivedAt && leaf.notBefore <= date!;
  });
  return chain && { behind: spanText(ahead), ours: toIso(receivedAt), theirs: toIso(date!), notBefore: toIso(chain.leaf.notBefore) };
}
