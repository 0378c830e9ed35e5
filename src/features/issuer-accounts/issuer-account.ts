/** Our account at a CA, as far as we change it: its key. The account itself, and its keys, are the issuer member's. */
import type { Instant } from '../../values/instant.js';
import { parseLabel } from '../../values/label.js';
import { about, problem, type Problem } from '../../values/problems/problem.js';
import { err, type Result } from '../../values/result.js';

export type IssuerAccount = {
  /** Of the issuer: `acme-letsencrypt`. */
  readonly issuerId: string;
  /** When a change of its key was asked for last, and when one was done last. */
  readonly keyChangeRequestedAt: Instant;
  readonly keyChangedAt?: Instant;
  /** Why the last try came to nothing. */
  readonly problem?: Problem;
  /** When the CA is told (again). Absent: there is nothing to tell it. */
  readonly keyChangeDueAt?: Instant;
};

/** One change at a time: who asks while one is under way has asked for that one. */
export const requestKeyChange = (before: IssuerAccount | undefined, issuerId: string, now: Instant): IssuerAccount =>
  before?.keyChangeDueAt !== undefined
    ? before
    : { issuerId, keyChangeRequestedAt: now, keyChangedAt: before?.keyChangedAt, keyChangeDueAt: now };

export function keyChanged({ issuerId, keyChangeRequestedAt }: IssuerAccount, now: Instant): IssuerAccount {
  return { issuerId, keyChangeRequestedAt, keyChangedAt: now };
}

/** `again`: when it is tried again; absent where that is worth nothing. */
export function keyNotChanged(account: IssuerAccount, cause: Problem, again: Instant | undefined): IssuerAccount {
  return { ...account, problem: cause, keyChangeDueAt: again };
}

/** `issuers`: those that there are, each with whether it has an account with a key. */
export function parseIssuer(text: string, issuers: readonly { id: string; title: string; hasKey: boolean }[]): Result<string> {
  const label = parseLabel(text);
  if (!label.ok) return err(about('issuerId', label.problem));
  const issuer = issuers.find(({ id }) => id === label.value);
  if (!issuer) return err(problem('ISSUER_UNKNOWN', { issuer: label.value }, { subject: 'issuerId' }));
  return issuer.hasKey ? label : err(problem('ACCOUNT_KEY_NOT_OFFERED', { issuer: issuer.title }, { subject: 'issuerId' }));
}
