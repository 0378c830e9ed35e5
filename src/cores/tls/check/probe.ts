/** One question to a server, which is one connection, and what came of it. */
import type { Instant } from '../../../values/instant.js';
import type { Problem } from '../../../values/problems/problem.js';
import type { ClientOffer } from '../client/client-offer.js';
import type { Seen } from '../client/seen.js';
import type { Until } from '../client/tls-client.js';
import type { Observation } from '../observation.js';

/** What a question is about; shown while it is asked. */
export const TOPICS = [
  'BASELINE',
  'VERSIONS',
  'SUITES',
  'GROUPS',
  'SIGNATURES',
  'NAMES',
  'RESUMPTION',
  'EXTENSIONS',
  'TOLERANCES',
  'HTTP',
] as const;
export type Topic = (typeof TOPICS)[number];

export type Probe = {
  readonly topic: Topic;
  readonly offer: ClientOffer;
  readonly until: Until;
  /** After both Finished: `GET /` is sent and its answer read, or what the server says unasked is waited for (tickets, alerts, a greeting). */
  readonly afterwards?: 'GET' | 'LISTEN';
  /** Told step by step in `Answer.observation`. */
  readonly observed?: boolean;
};

export type Answer = {
  /** Absent: there was no connection to ask on. */
  readonly seen?: Seen;
  /** Why the probe did not get as far as it wanted; absent where it did. Says in our codes what `seen.failure` says in TLS's. */
  readonly problem?: Problem;
  /** Application data, after `afterwards`. */
  readonly data?: Uint8Array;
  /** When the last of it came. */
  readonly receivedAt?: Instant;
  readonly observation?: Observation;
};

export type Ask = (probe: Probe) => Promise<Answer>;

/**
 * CHOSE: it took something of what was offered. REFUSED: it said no. BROKE_OFF, SILENT: it was connected and hung up, or said nothing in time.
 * NOT_TLS: it spoke something else. UNASKED: no connection was made.
 */
export type Verdict = 'CHOSE' | 'REFUSED' | 'BROKE_OFF' | 'SILENT' | 'NOT_TLS' | 'UNASKED';

const CONNECTION_ENDED: ReadonlySet<string> = new Set(['CONNECTION_CLOSED', 'CONNECTION_TIMED_OUT']);

export function verdictOf({ seen, problem }: Answer): Verdict {
  if (seen === undefined) return 'UNASKED';
  // Whoever chooses what was not offered has none of it: a TLS 1.2 server does so when it is asked for TLS 1.3 alone.
  if (seen.failure?.kind === 'NOT_OFFERED') return 'REFUSED';
  if (seen.serverHello !== undefined || seen.helloRetryRequest !== undefined) return 'CHOSE';
  if (seen.failure?.kind === 'ALERT') return 'REFUSED';
  if (seen.failure !== undefined) return 'NOT_TLS';
  if (problem !== undefined && !CONNECTION_ENDED.has(problem.code)) return 'UNASKED';
  return problem?.code === 'CONNECTION_TIMED_OUT' ? 'SILENT' : 'BROKE_OFF';
}
