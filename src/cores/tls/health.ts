/**
 * Is what we promised served securely right now? A question over fresh observations, never a stored flag.
 * "Could not find out" is an answer of its own: it never counts as fine, and never as broken.
 */
import type { Duration, Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Problem } from '../../values/problems/problem.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import type { KeyFamily } from '../pki/encoding/key-algorithm.js';
import type { Observation } from './observation.js';
import { type Expectation, prove } from './proof.js';

export type HealthState = 'SECURE' | 'NOT_SECURE' | 'UNKNOWN';

/** What has to be served, and where. */
export type Promised = Expectation & {
  readonly address: IpAddress;
  readonly port: number;
  /** One of an RSA and an ECDSA certificate side by side: shown to those who offer that alone. */
  readonly keyFamily?: KeyFamily;
};

export type Finding = {
  readonly promised: Promised;
  readonly state: HealthState;
  /** PROVEN: SECURE. FAILED: NOT_SECURE, with its cause. The others are UNKNOWN; NO_ANSWER has the cause of the last try. */
  readonly reason: 'PROVEN' | 'FAILED' | 'NO_ANSWER' | 'STALE' | 'NEVER_OBSERVED';
  readonly cause?: Problem;
  /** When it was last observed. */
  readonly at?: Instant;
};

export type Health = {
  /** The worst of the findings; UNKNOWN where nothing is promised. */
  readonly state: HealthState;
  /** One for each promise, in their order. */
  readonly findings: readonly Finding[];
};

/** An observation is evidence for `freshFor`. One from as far ahead is not: one of two clocks is wrong. */
export type Freshness = { readonly now: Instant; readonly freshFor: Duration };

export function judgeHealth(promises: readonly Promised[], observations: readonly Observation[], freshness: Freshness): Health {
  const newest = newestByTarget(observations);
  const findings = promises.map((promised) => judge(promised, newest.get(keyOf(promised, promised.name)), freshness));
  return { state: worst(findings), findings };
}

function judge(promised: Promised, observation: Observation | undefined, { now, freshFor }: Freshness): Finding {
  if (observation === undefined) return { promised, state: 'UNKNOWN', reason: 'NEVER_OBSERVED' };
  const { at, failure } = observation;
  if (Math.abs(now - at) > freshFor) return { promised, state: 'UNKNOWN', reason: 'STALE', at };
  if (failure !== undefined && !isAnswerOfServer(failure.code)) {
    return { promised, state: 'UNKNOWN', reason: 'NO_ANSWER', cause: failure, at };
  }
  const proof = prove(observation, promised, now);
  return proof.ok
    ? { promised, state: 'SECURE', reason: 'PROVEN', at }
    : { promised, state: 'NOT_SECURE', reason: 'FAILED', cause: proof.problem, at };
}

/** Only a server that spoke has failed; of one that we did not reach nothing is known. */
const isAnswerOfServer = (code: ProblemCode): boolean => code === 'TLS_ALERT' || code === 'TLS_PROTOCOL_ERROR';

const worst = (findings: readonly Finding[]): HealthState => {
  if (findings.some(({ state }) => state === 'NOT_SECURE')) return 'NOT_SECURE';
  return findings.length > 0 && findings.every(({ state }) => state === 'SECURE') ? 'SECURE' : 'UNKNOWN';
};

/** Of several of one target the one with the latest time; of two at the same time, the later in the list. */
function newestByTarget(observations: readonly Observation[]): Map<string, Observation> {
  const newest = new Map<string, Observation>();
  for (const observation of observations) {
    const { servername, socketPath } = observation.target;
    // A rehearsal is not what strangers see, and a handshake without SNI says nothing about a name.
    if (socketPath !== undefined || servername === undefined) continue;
    const key = keyOf(observation.target, servername);
    const known = newest.get(key);
    if (known === undefined || observation.at >= known.at) newest.set(key, observation);
  }
  return newest;
}

const keyOf = ({ address, port, keyFamily }: Pick<Promised, 'address' | 'port' | 'keyFamily'>, name: string): string =>
  `${name} ${address} ${port} ${keyFamily ?? ''}`;
