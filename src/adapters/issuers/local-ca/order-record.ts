/** An order in the local CA's register, and what it says to those who ask: pure, so that the same record and time always read the same. */
import { createHash } from 'node:crypto';
import type { CertificateName, Hostname } from '../../../values/hostname.js';
import { days, hours, minutes, plus, seconds, type Duration, type Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { HttpFileChallenge, IssuerStatus, IssuerView } from '../issuer.js';
import { LOCAL_CA_MANIFEST } from './manifest.js';

export type OrderRecord = {
  readonly reference: string;
  /** Each once, in the order in which they came. */
  readonly names: readonly CertificateName[];
  readonly placedAt: Instant;
  /** One for each name that is not the panel's own. */
  readonly challenges: readonly ChallengeRecord[];
  /** Written before anything is signed; what is signed later is exactly this. */
  readonly intent?: SigningIntent;
  /** DER, base64. */
  readonly certificate?: string;
};

export type ChallengeRecord = {
  /** In the path of the file; says nothing about `secret`. */
  readonly token: string;
  /** The part of the body that is not in the URL: a server that echoes what it is asked for shows nothing (CA/B BR 3.2.2.4.18). */
  readonly secret: string;
  readonly name: Hostname;
  readonly announced: boolean;
  readonly tries: number;
  readonly nextTryAt: Instant;
  readonly validatedAt?: Instant;
  readonly lastProblem?: Problem;
};

export type SigningIntent = {
  /** SHA-256 of the request, hex: the same request again is the same intent. */
  readonly csr: string;
  readonly serial: string;
  /** Number of the intermediate certificate that goes with it. */
  readonly intermediate: number;
  /** TBSCertificate, DER, base64. */
  readonly tbs: string;
};

/** For a name to be pointed here and its file to be served; boulder's authorizations wait as long in its newer profiles. */
export const VALIDATION_LIFE: Duration = hours(1);
/** From placing to finalize. Long enough for a worker that was down over a weekend; a validation is good for 200 days (CA/B BR 4.2.1). */
export const ORDER_LIFE: Duration = days(7);
/** With the pauses below, the last one falls just inside VALIDATION_LIFE. */
export const MAX_TRIES = 15;
/** 5 s, doubled up to 5 min: quick for a file that is a moment late, gentle to a server that is down. */
const pauseAfter = (tries: number): Duration => Math.min(seconds(5) * 2 ** (tries - 1), minutes(5)) as Duration;

export function statusOf(order: OrderRecord, now: Instant): IssuerStatus {
  if (order.certificate !== undefined) return 'valid';
  if (order.intent !== undefined) return 'processing';
  if (now > plus(order.placedAt, ORDER_LIFE) || order.challenges.some(({ tries, validatedAt }) => !validatedAt && tries >= MAX_TRIES)) {
    return 'invalid';
  }
  if (order.challenges.every(({ validatedAt }) => validatedAt !== undefined)) return 'ready';
  return now > plus(order.placedAt, VALIDATION_LIFE) ? 'invalid' : 'pending';
}

/** What is told of it. While it is pending, the problem is what the last check of each name showed. */
export function viewOf(order: OrderRecord, now: Instant): IssuerView {
  const status = statusOf(order, now);
  const open = order.challenges.filter(({ validatedAt }) => validatedAt === undefined);
  return {
    locator: order.reference,
    status,
    challenges: order.challenges.map((challenge) => ({
      id: challenge.token,
      type: 'http-file',
      ...fileOf(challenge),
      status: challengeStatus(challenge, status),
    })),
    problem: problemOf(open, status),
    askAgainAt: status === 'pending' ? (Math.min(...open.map(({ nextTryAt }) => nextTryAt)) as Instant) : now,
  };
}

export const fileOf = ({ name, token, secret }: ChallengeRecord): Pick<HttpFileChallenge, 'name' | 'path' | 'body'> => ({
  name,
  path: `/.well-known/pki-validation/${token}`,
  body: `${token}.${secret}`,
});

/** The challenges that were announced and whose time for a try has come. */
export const dueChallenges = (order: OrderRecord, now: Instant): readonly ChallengeRecord[] =>
  statusOf(order, now) === 'pending'
    ? order.challenges.filter(({ announced, validatedAt, nextTryAt }) => announced && validatedAt === undefined && now >= nextTryAt)
    : [];

export const announce = (order: OrderRecord, token: string): OrderRecord =>
  order.challenges.some((challenge) => challenge.token === token && challenge.announced)
    ? order
    : changeChallenge(order, token, (challenge) => ({ ...challenge, announced: true }));

/** What a try showed. A name that was validated stays so, whatever a try that ran beside it says. */
export const recordTry = (order: OrderRecord, token: string, failure: Problem | undefined, now: Instant): OrderRecord =>
  changeChallenge(order, token, (challenge) => {
    if (challenge.validatedAt !== undefined) return challenge;
    if (failure === undefined) return { ...challenge, validatedAt: now, lastProblem: undefined };
    const tries = challenge.tries + 1;
    return { ...challenge, tries, nextTryAt: plus(now, pauseAfter(tries)), lastProblem: failure };
  });

export const fingerprintOf = (csr: Uint8Array): string => createHash('sha256').update(csr).digest('hex');

function changeChallenge(order: OrderRecord, token: string, change: (challenge: ChallengeRecord) => ChallengeRecord): OrderRecord {
  return { ...order, challenges: order.challenges.map((challenge) => (challenge.token === token ? change(challenge) : challenge)) };
}

/** After a try in vain it is pending again: whoever looks after the file may lay it down anew and say so. */
function challengeStatus({ announced, tries, validatedAt }: ChallengeRecord, order: IssuerStatus): HttpFileChallenge['status'] {
  if (validatedAt !== undefined) return 'valid';
  if (order === 'invalid') return 'invalid';
  return announced && tries === 0 ? 'processing' : 'pending';
}

function problemOf(open: readonly ChallengeRecord[], status: IssuerStatus): Problem | undefined {
  const sub = open.flatMap(({ lastProblem }) => lastProblem ?? []);
  const [first] = sub;
  if (first !== undefined && (status === 'pending' || status === 'invalid')) return { ...first, sub };
  if (status !== 'invalid') return undefined;
  return problem('ISSUER_REFUSED', { issuer: LOCAL_CA_MANIFEST.title, detail: 'the order was not completed in its time' });
}
