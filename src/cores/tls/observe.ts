/** A connection of our client's, as an observation. */
import type { Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';
import type { ClientOffer } from './client/client-offer.js';
import type { Seen } from './client/seen.js';
import type { HandshakeStep, HandshakeTarget, Observation, ObservedStep, Session } from './observation.js';
import { cipherSuiteName } from './registry/cipher-suites.js';
import { groupName, isPostQuantum } from './registry/groups.js';
import { protocolName } from './registry/versions.js';
import { describeStep, reachedSteps } from './step-details.js';

export type Talked = {
  readonly at: Instant;
  readonly target: HandshakeTarget;
  readonly offer: ClientOffer;
  /** Absent where there was no connection. */
  readonly seen?: Seen;
  /** Milliseconds from the connection until each step was reached. */
  readonly reachedMs: ReadonlyMap<HandshakeStep, number>;
  /** Why the handshake is not complete. */
  readonly problem?: Problem;
};

/** Of a connection that was to be FINISHED. */
export function observationOf({ at, target, offer, seen, reachedMs, problem }: Talked): Observation {
  if (seen === undefined) return { at, target, steps: [], failure: problem };
  const steps = reachedSteps(seen).map((step): ObservedStep => ({
    step,
    afterMs: reachedMs.get(step) ?? 0,
    ...describeStep(step, offer, seen),
  }));
  return seen.finished ? { at, target, steps, session: sessionOf(seen) } : { at, target, steps, failure: problem };
}

function sessionOf({ serverHello, keyExchange, alpn, chain = [], roundTrips }: Seen): Session {
  const group = keyExchange?.group === undefined ? undefined : groupName(keyExchange.group);
  return {
    protocol: protocolName(serverHello?.version ?? 0),
    cipherSuite: cipherSuiteName(serverHello?.cipherSuite ?? 0),
    ...(group !== undefined && { group }),
    ...(alpn !== undefined && { alpn }),
    roundTrips,
    forwardSecrecy: keyExchange?.kind !== 'RSA',
    postQuantum: isPostQuantum(group ?? ''),
    chain,
  };
}
