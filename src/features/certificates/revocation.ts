/** That a certificate is to be believed no longer: asked for by its owner, then told to its CA, which may refuse. */
import type { RevocationReason } from '../../cores/pki/revocation/revocation-reason.js';
import type { Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';

/** The closed list. Of REFUSED another request makes REQUESTED again; REVOKED is final. */
export const REVOCATION_STATES = ['REQUESTED', 'REVOKED', 'REFUSED'] as const;

export type Revocation = {
  readonly state: (typeof REVOCATION_STATES)[number];
  readonly reason: RevocationReason;
  readonly requestedAt: Instant;
  readonly revokedAt?: Instant;
  /** Why the CA refused, or why the last try came to nothing. */
  readonly problem?: Problem;
  /** Tries in a row that came to nothing. */
  readonly attempts: number;
  /** When the CA is told (again). Absent: there is nothing to tell it. */
  readonly dueAt?: Instant;
};

/** The first reason stays: a CA has one for each certificate. */
export const request = (before: Revocation | undefined, reason: RevocationReason, now: Instant): Revocation =>
  before && before.state !== 'REFUSED' ? before : { state: 'REQUESTED', reason, requestedAt: now, attempts: 0, dueAt: now };

export function revoked({ reason, requestedAt }: Revocation, now: Instant): Revocation {
  return { state: 'REVOKED', reason, requestedAt, revokedAt: now, attempts: 0 };
}

export function refused({ reason, requestedAt }: Revocation, problem: Problem): Revocation {
  return { state: 'REFUSED', reason, requestedAt, problem, attempts: 0 };
}

export function putOff(revocation: Revocation, problem: Problem, dueAt: Instant): Revocation {
  return { ...revocation, problem, attempts: revocation.attempts + 1, dueAt };
}
