/**
 * What our own look for an order's files says before the CA looks, and whether it is worth waiting for something better. It is advice: a CA
 * that looks in vain may end the order for good, but what we see is not what it sees, so after a minute it is asked in any case.
 */
import type { Hostname } from '../../values/hostname.js';
import { seconds, type Duration } from '../../values/instant.js';
import { isGlobalUnicast, type IpAddress } from '../../values/ip-address.js';
import { messageOf } from '../../values/problems/catalogue.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import { problem, type Problem } from '../../values/problems/problem.js';

/** One name at one address: the shape of adapters/network/file-looker.ts. */
export type Sighting = { readonly name: Hostname; readonly address?: IpAddress; readonly cause?: Problem };

export type ChallengeCheck = {
  /** Of the challenges whose files were looked for: others need a look of their own. */
  readonly challengeIds: readonly string[];
  readonly looks: number;
  /** Nothing more is waited for. */
  readonly isOver: boolean;
  /** What was wrong at the last look: CHALLENGE_FILE_NOT_SEEN, at most MOST_FINDINGS. */
  readonly findings: readonly Problem[];
};

export type Outlook = {
  readonly check: ChallengeCheck;
  /** Until the next look; absent where the check is over. */
  readonly pause?: Duration;
  /** For a person. */
  readonly because: string;
  /** CHALLENGE_FILE_NOT_SEEN, where the CA would look in vain. */
  readonly problem?: Problem;
};

/** After each look in vain but the last: a server that is reloading needs the first, a record that was just changed the last. With the looks, 70 s at most. */
const PAUSES: readonly Duration[] = [seconds(5), seconds(15), seconds(30)];
/** A hundred names with addresses of their own are told by some of them. */
const MOST_FINDINGS = 20;
/** In one sentence of the timeline. */
const MOST_TOLD = 3;

/** These say something about us, or about nobody: what the CA will see they leave open. */
const OPEN_CAUSES: readonly ProblemCode[] = [
  'ADDRESS_NOT_ALLOWED',
  'CHALLENGE_FILE_NOT_CHECKED',
  'CONNECTION_NO_ROUTE',
  'NAME_LOOKUP_FAILED',
  // Of a redirect to https: a CA does not ask whose certificate that is.
  'PEER_NOT_AUTHENTICATED',
];
/** A CA goes on to another address where one cannot be connected to. */
const UNCONNECTED: readonly ProblemCode[] = ['CONNECTION_REFUSED', 'CONNECTION_TIMED_OUT'];

/** `seesAsWeDo`: the CA is within this network. */
export function outlookOf(
  before: ChallengeCheck | undefined,
  challengeIds: readonly string[],
  sightings: readonly Sighting[],
  { seesAsWeDo }: { readonly seesAsWeDo: boolean },
): Outlook {
  const isOpen = ({ address, cause }: Sighting) =>
    cause !== undefined && (OPEN_CAUSES.includes(cause.code) || (!seesAsWeDo && address !== undefined && !isGlobalUnicast(address)));
  const wrong = sightings.filter((sighting) => sighting.cause !== undefined && !isOpen(sighting));
  const findings = wrong.slice(0, MOST_FINDINGS).map(notSeen);
  const known = before && covers(before, challengeIds) ? before.looks : 0;
  const byName = Map.groupBy(sightings, ({ name }) => name);
  const inVain = [...byName.values()].some((ofName) => failsFor(ofName, isOpen));
  const pause = inVain ? PAUSES[known] : undefined;
  const check = { challengeIds, looks: known + 1, isOver: pause === undefined, findings };
  if (inVain) {
    const next = pause === undefined ? 'the CA is told all the same' : `looked for again in ${pause / 1000} seconds, before the CA is told`;
    return { check, pause, problem: { ...findings[0]!, sub: findings }, because: `${sentence(findings, wrong.length)}; ${next}` };
  }
  const isSeen = (ofName: readonly Sighting[]) => ofName.some(({ cause }) => cause === undefined);
  const open = [...byName.values()].map((ofName) => (isSeen(ofName) ? [] : ofName.filter(isOpen))).filter(({ length }) => length > 0);
  const reserves = [...findings, ...open.map(notChecked)];
  const start = open.length === 0 ? ['seen at every name'] : [];
  return { check, because: [...start, ...(reserves.length > 0 ? [sentence(reserves, reserves.length)] : [])].join('; ') };
}

export const covers = ({ challengeIds }: ChallengeCheck, wanted: readonly string[]): boolean =>
  wanted.every((id) => challengeIds.includes(id));

/** A server that shows something else may be the one that the CA takes. One that cannot be reached is passed over where another is right, or may be. */
function failsFor(ofName: readonly Sighting[], isOpen: (sighting: Sighting) => boolean): boolean {
  const wrong = ofName.filter((sighting) => sighting.cause !== undefined && !isOpen(sighting));
  return wrong.length === ofName.length || wrong.some(({ cause }) => !UNCONNECTED.includes(cause!.code));
}

function notSeen(sighting: Sighting): Problem {
  const { name, address } = sighting;
  return problem('CHALLENGE_FILE_NOT_SEEN', { name, detail: detailOf(sighting), ...(address && { address }) }, { subject: name });
}

/** Of one name. */
function notChecked(sightings: readonly Sighting[]): Problem {
  const [{ name }] = sightings as [Sighting];
  return problem('CHALLENGE_FILE_NOT_CHECKED', { name, detail: sightings.map(detailOf).join(', ') }, { subject: name });
}

function detailOf({ address, cause }: Sighting): string {
  if (cause!.code === 'CHALLENGE_FILE_NOT_CHECKED') return `${cause!.facts['detail']}`;
  const said = messageOf(cause!).replace(/\.$/, '');
  return address === undefined || said.includes(address) ? said : `at ${address}, ${said}`;
}

function sentence(problems: readonly Problem[], count: number): string {
  const some = problems.slice(0, MOST_TOLD).map((one) => messageOf(one).replace(/\.$/, ''));
  return [...some, ...(count > MOST_TOLD ? [`and ${count - MOST_TOLD} more`] : [])].join('; ');
}
