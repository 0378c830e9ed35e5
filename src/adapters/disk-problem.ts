import { problem, type Problem } from '../values/problems/problem.js';

/** What the disk's refusal means to the caller: no room is SERVER_DISK_FULL, any other SERVER_REFUSED. Bugs are thrown on. */
export function diskProblem(error: unknown): Problem {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return problem('SERVER_DISK_FULL');
  return problem('SERVER_REFUSED', { detail: `its disk answers ${code}` });
}
