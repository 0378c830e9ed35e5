/** The answer to one line of a batch. Whatever stands in it, there is one, and nothing is thrown. */
import { validatePath } from '../../cores/pki/path/validate-path.js';
import type { Instant } from '../../values/instant.js';
import { messageOf } from '../../values/problems/catalogue.js';
import { readTestCase } from './test-case.js';

export type Answer = {
  /** Null where the line does not tell. */
  readonly id: string | null;
  readonly actual_result: 'SUCCESS' | 'FAILURE';
  /** Why it failed: a sentence, behind a code of docs/problems.md where a certificate is to blame. */
  readonly context: string | null;
};

export function answerTo(line: string, now: Instant): Answer {
  const value = parse(line);
  const id = idOf(value) ?? idIn(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return failure(id, 'the line is no JSON object');
  try {
    const request = readTestCase(value, now);
    if (!request.ok) return failure(id, request.problem);
    const path = validatePath(request.value);
    if (!path.ok) return failure(id, `${path.problem.code}: ${messageOf(path.problem)}`);
    return { id, actual_result: 'SUCCESS', context: null };
  } catch (bug) {
    // Others in the batch are not to suffer from what nobody thought of.
    return failure(id, `INTERNAL: ${bug instanceof Error ? bug.message : 'unknown'}`);
  }
}

/** `start`: as much of the line as was kept. */
export const answerToTooLong = (start: string, limit: number): Answer => failure(idIn(start), `the line is longer than ${limit} bytes`);

const MAX_CONTEXT = 500;
const failure = (id: string | null, why: string): Answer => ({
  id,
  actual_result: 'FAILURE',
  context: why.slice(0, MAX_CONTEXT).toWellFormed(),
});

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function idOf(value: unknown): string | undefined {
  const id = (value as { id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' ? id : undefined;
}

/** In a line that is no JSON, or not all there. */
function idIn(text: string): string | null {
  const written = /"id"\s*:\s*("(?:[^"\\]|\\.){0,1000}")/.exec(text.slice(0, 100_000))?.[1];
  const id = written === undefined ? undefined : parse(written);
  return typeof id === 'string' ? id : null;
}
