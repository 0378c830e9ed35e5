/** What has no answer, and why: it never counts as fine. Where a handshake failed for a reason that is known, that reason is told instead. */
import { messageOf } from '../../../../../values/problems/catalogue.js';
import type { Problem } from '../../../../../values/problems/problem.js';
import type { Result } from '../../../../../values/result.js';
import type { AddressCheck } from '../../../check/site-check.js';
import { versionName } from '../../../registry/versions.js';
import type { Case, Place, Rule } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { failureIsAnswer } from '../../failure.js';
import { listed, report } from '../../report.js';

export const couldNotFindOut: Rule = (c) => [...addressesOf(c), ...c.places.flatMap((place) => askedAt(c, place)), ...besides(c)];

function addressesOf(c: Case): Diagnosis[] {
  const { addresses, leftOut, name } = c.check;
  if (!addresses.ok)
    return addresses.problem.code === 'NAME_DOES_NOT_RESOLVE' ? [] : [unknown(c, [], ['the addresses'], addresses.problem)];
  if (leftOut.length === 0) return [];
  const evidence = { what: `${leftOut.length} of the addresses of ${name ?? 'it'}`, why: `they were left out: ${listed(leftOut)}` };
  return [report(c, 'COULD_NOT_FIND_OUT', { severity: 'UNKNOWN', whoActs: 'ADMIN', where: [], evidence })];
}

function askedAt(c: Case, place: AddressCheck): Diagnosis[] {
  const { failure } = place.baseline;
  if (failure !== undefined) return failureIsAnswer(place) ? [] : [unknown(c, [place], ['the handshake'], failure)];
  const groups = Map.groupBy(unanswered(place), ([, cause]) => cause.code);
  return [...groups.values()].map((group) =>
    unknown(
      c,
      [place],
      group.map(([what]) => what),
      group[0]![1],
    ),
  );
}

const besides = (c: Case): Diagnosis[] =>
  [...(c.unanswered ?? []), ...tooMany(c)].map((evidence) =>
    report(c, 'COULD_NOT_FIND_OUT', { severity: 'UNKNOWN', whoActs: 'ADMIN', where: [], evidence }),
  );

const tooMany = ({ notJudged }: Case): { what: string; why: string }[] =>
  notJudged === 0 ? [] : [{ what: `whether ${notJudged} more chains hold`, why: 'More different ones were shown than are judged.' }];

const unknown = (c: Case, where: readonly Place[], what: readonly string[], cause: Problem): Diagnosis => {
  const evidence = { what: listed([...new Set(what)], 12), why: messageOf(cause), code: cause.code };
  return report(c, 'COULD_NOT_FIND_OUT', { severity: 'UNKNOWN', whoActs: 'ADMIN', where, evidence });
};

/** Nothing on port 80 is an answer. */
const NOTHING_THERE: readonly Problem['code'][] = [
  'CONNECTION_CLOSED',
  'CONNECTION_NO_ROUTE',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMED_OUT',
];

/** To be had only by whoever has the client certificate that is demanded. */
const BEHIND_THE_DOOR: ReadonlySet<string> = new Set([
  'resumption by session ID',
  'resumption by ticket',
  'resumption of TLS 1.3',
  'early data',
  'HTTP',
]);

function unanswered(place: AddressCheck): [string, Problem][] {
  const { versions, signatureAlgorithms = [], resumption, tolerates, http = {} } = place;
  const { plain, overTls } = http;
  const turnedAway = place.clientCertificate?.ok === true && place.clientCertificate.value === 'REQUIRED';
  const asked: (readonly [string, Result<unknown> | undefined])[] = [
    ...versions.flatMap(({ version, supported, suites }) => [
      [versionName(version), supported] as const,
      [`cipher suites of ${versionName(version)}`, suites] as const,
    ]),
    ['groups', place.groups],
    ...signatureAlgorithms.map(({ version, names }) => [`signature algorithms of ${versionName(version)}`, names] as const),
    ['the answer without a name', place.withoutName],
    ['the answer to a wrong name', place.wrongName],
    ['ALPN', place.alpn],
    ['resumption by session ID', resumption.sessionId],
    ['resumption by ticket', resumption.ticket],
    ['resumption of TLS 1.3', resumption.psk],
    ['early data', place.earlyData],
    ['extended master secret', place.extendedMasterSecret],
    ['encrypt-then-MAC', place.encryptThenMac],
    ['secure renegotiation', place.secureRenegotiation],
    ['fallback protection', place.fallbackScsv],
    ['compression', place.compression],
    ['client certificates', place.clientCertificate],
    ...Object.entries(tolerates).map(([kind, answer]) => [`tolerance (${kind.toLowerCase().replaceAll('_', ' ')})`, answer] as const),
    ['HTTP', overTls],
    ['HTTP on port 80', plain?.ok === false && NOTHING_THERE.includes(plain.problem.code) ? undefined : plain],
  ];
  return asked
    .filter(([what]) => !(turnedAway && BEHIND_THE_DOOR.has(what)))
    .flatMap(([what, answer]) => (answer?.ok === false ? [[what, answer.problem] as [string, Problem]] : []));
}
