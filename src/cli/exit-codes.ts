/** What a script learns from the command without reading its words. Stable: documented in docs/cli.md. */
import type { ToldProblem } from './told-problem.js';

export const EXIT = {
  OK: 0,
  /** Not secure, or it failed. */
  FAILED: 1,
  /** Usage, or the configuration. */
  USAGE: 2,
  /** `check`: it could not be found out. */
  NOT_CHECKED: 2,
  /** The platform is out of reach, or answers in a way that makes no sense. */
  OUT_OF_REACH: 3,
  /** No valid token, or one that may not do that. */
  NOT_ALLOWED: 4,
  TIMED_OUT: 5,
  /** Ctrl-C: 128 + SIGINT, as shells have it. */
  INTERRUPTED: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Why a command cannot go on, and how it ends then. */
export type Failure = { readonly exitCode: ExitCode; readonly problem: ToldProblem };
