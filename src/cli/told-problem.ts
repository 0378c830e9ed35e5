/** A problem as the API tells it: sentences are made already, by the platform's catalogue or, for what happens here, by ours. */
import { CATALOGUE, messageOf, remedyOf } from '../values/problems/catalogue.js';
import type { Problem } from '../values/problems/problem.js';

export type ToldProblem = {
  /** Of docs/problems.md; a newer platform may have codes that are not known here. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** `CALLER`, `ADMIN`, `CA` or `HOSTSEAL`. */
  readonly whoActs: string;
  readonly subject?: string | null;
  /** RFC 3339. */
  readonly retryAfter?: string | null;
  readonly sub?: readonly ToldProblem[];
};

/** What a GraphQL document asks of a problem. Parts of a part are not nested further by any room. */
export const PROBLEM_FIELDS = `code message remedy whoActs subject retryAfter
  sub { code message remedy whoActs subject retryAfter sub { code message remedy whoActs subject } }`;

export const told = (cause: Problem): ToldProblem => ({
  code: cause.code,
  message: messageOf(cause),
  remedy: remedyOf(cause),
  whoActs: CATALOGUE[cause.code].whoActs,
  ...(cause.subject !== undefined && { subject: cause.subject }),
  sub: cause.sub.map(told),
});

const WHO: Readonly<Record<string, string>> = {
  CALLER: 'you',
  ADMIN: 'the administrator',
  CA: 'the certificate authority',
  HOSTSEAL: 'Hostseal, by itself',
};

/** Lines for a person: what happened, what to do, who has to; then the same of each part. The code last, for docs/problems.md. */
export function problemLines(problem: ToldProblem, indent = ''): string[] {
  const { code, message, remedy, whoActs, subject, sub = [] } = problem;
  const about = subject && !message.includes(subject) ? `${subject}: ` : '';
  return [
    `${indent}${about}${message} [${code}]`,
    `${indent}  ${remedy} (Who acts: ${WHO[whoActs] ?? whoActs}.)`,
    // The first part is often the whole again.
    ...sub.filter((part) => part.message !== message).flatMap((part) => problemLines(part, `${indent}  `)),
  ];
}
