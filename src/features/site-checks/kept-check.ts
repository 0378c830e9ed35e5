/**
 * A full check of one name of a site, from when it is asked for to what it found. Whoever asks while one waits shares it; one that
 * is begun says nothing about what was changed since, so that another waits for its end.
 * Each site is checked once a day, after every change of what it is served with, and when a sweep saw something else than before.
 */
import { createHash } from 'node:crypto';
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { hours, plus, type Duration, type Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';

/** ASKED by somebody, SCHEDULED, after a change (CHANGED), since a handshake showed something else (SUSPECTED), to prove a repair (REPAIRED). */
export const CHECK_OCCASIONS = ['ASKED', 'SCHEDULED', 'CHANGED', 'SUSPECTED', 'REPAIRED'] as const;
export type CheckOccasion = (typeof CHECK_OCCASIONS)[number];

export const CHECK_STATES = ['WAITING', 'RUNNING', 'DONE', 'FAILED'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** `topic`: what is being asked now. */
export type Progress = { readonly used: number; readonly budget: number; readonly topic: string };

export type KeptCheck = {
  readonly id: Id<'check'>;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  readonly name: CertificateName;
  readonly occasion: CheckOccasion;
  readonly createdAt: Instant;
  /** Not begun before. */
  readonly dueAt: Instant;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  readonly progress?: Progress;
  readonly found?: SiteCheck;
  /** Why it came to nothing. */
  readonly problem?: Problem;
};

export function stateOf({ startedAt, finishedAt, found }: KeptCheck): CheckState {
  if (finishedAt !== undefined) return found ? 'DONE' : 'FAILED';
  return startedAt === undefined ? 'WAITING' : 'RUNNING';
}

const EVERY = hours(24);
/** Of `EVERY`, to either side: sites that were first checked together drift apart. */
const JITTER = 0.1;

/** When the check after this one is due. The same check always gives the same answer. */
export function nextDue({ id, createdAt }: Pick<KeptCheck, 'id' | 'createdAt'>): Instant {
  const fraction = createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;
  return plus(createdAt, (EVERY * (1 - JITTER + 2 * JITTER * fraction)) as Duration);
}
