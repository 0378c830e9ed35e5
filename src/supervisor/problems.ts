/** How the supervisor speaks: one line for a person, and an exit code for a script. */
import { messageOf, remedyOf } from '../values/problems/catalogue.js';
import type { ProblemCode } from '../values/problems/codes.js';
import type { Problem } from '../values/problems/problem.js';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** On standard error: the code last, for a search in docs/problems.md. */
export function complain(problem: Problem): void {
  process.stderr.write(`${messageOf(problem)} ${remedyOf(problem)} [${problem.code}]\n`);
}

/** 0: stopped as asked. Documented in docs/operations.md. */
export const exitCodeOf = (problem: Problem): number => EXIT_CODES[problem.code] ?? 1;

const EXIT_CODES: Partial<Record<ProblemCode, number>> = {
  ...{ CONFIG_INVALID: 2, ACME_FILE_UNUSABLE: 2, HOME_UNUSABLE: 2, VAULT_KEY_FILE_UNUSABLE: 2, VAULT_KEY_MISSING: 2 },
  ...{ ALREADY_RUNNING: 3, PORT_IN_USE: 4 },
};
