/** What `hostseal doctor` says of one thing that it looked at, and how that reads: data in, lines out. */
import { EXIT, type ExitCode, type Failure } from '../exit-codes.js';
import type { Paint, Style } from '../terminal.js';
import { problemLines, told, type ToldProblem } from '../told-problem.js';
import type { Problem } from '../../values/problems/problem.js';

export type Finding = {
  /** What was looked at: `configuration`, `database`. */
  readonly check: string;
  /** UNKNOWN: it could not be found out, since something before it is wrong. Never counts as fine. */
  readonly state: 'OK' | 'FAILED' | 'UNKNOWN';
  /** What was seen. */
  readonly detail: string;
  readonly problem?: ToldProblem;
  readonly exitCode: ExitCode;
};

export const fine = (check: string, detail: string): Finding => ({ check, state: 'OK', detail, exitCode: EXIT.OK });
export const wrong = (check: string, { problem, exitCode }: Failure): Finding => ({
  ...{ check, state: 'FAILED', problem, exitCode },
  detail: problem.message,
});
export const broken = (check: string, exitCode: ExitCode, cause: Problem): Finding => wrong(check, { exitCode, problem: told(cause) });
export const unknown = (check: string, because: string): Finding => ({ check, state: 'UNKNOWN', detail: because, exitCode: EXIT.OK });

/** That of the first thing that is wrong: what comes after it may be its consequence. */
export const exitCodeOf = (findings: readonly Finding[]): ExitCode =>
  findings.find(({ state }) => state === 'FAILED')?.exitCode ?? (findings.some(({ state }) => state === 'UNKNOWN') ? EXIT.FAILED : EXIT.OK);

const MARKS: Readonly<Record<Finding['state'], readonly [Style, string]>> = {
  OK: ['green', '✓'],
  FAILED: ['red', '✗'],
  UNKNOWN: ['yellow', '?'],
};

export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return [...findings.flatMap((finding) => lines(finding, paint)), '', conclusion(findings)];
}

function conclusion(findings: readonly Finding[]): string {
  const failed = findings.filter(({ state }) => state === 'FAILED').length;
  if (failed > 0) return `Wrong: ${failed}. Begin with the first.`;
  return findings.every(({ state }) => state === 'OK') ? 'Nothing is wrong.' : 'Not everything could be found out.';
}

function lines({ check, state, detail, problem }: Finding, paint: Paint): string[] {
  const [style, mark] = MARKS[state];
  const [first = detail, ...rest] = problem ? problemLines(problem) : [detail];
  return [`${paint(style, mark)} ${check.padEnd(COLUMN)}  ${first}`, ...rest.map((line) => ' '.repeat(COLUMN + 4) + line)];
}

/** The longest name of a check. */
const COLUMN = 'panel certificate'.length;
