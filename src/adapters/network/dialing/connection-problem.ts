/** The operating system's errors of a connection, in our codes. */
import { type Problem, problem } from '../../../values/problems/problem.js';

export type Where = { readonly address: string; readonly port: number };

const NO_ROUTE: ReadonlySet<string> = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'EHOSTDOWN']);

/** `limitMs`: how long the caller was ready to wait. */
export function connectionProblem(error: Error, where: Where, limitMs: number): Problem {
  const code = errorCode(error);
  // ENOENT: the unix socket of a rehearsal is not there.
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return problem('CONNECTION_REFUSED', where);
  if (code === 'ETIMEDOUT') return timedOut(where, limitMs);
  if (NO_ROUTE.has(code)) return problem('CONNECTION_NO_ROUTE', { ...where, detail: code });
  return problem('CONNECTION_CLOSED', { ...where, detail: code === 'ECONNRESET' ? 'it was reset' : code });
}

export const timedOut = (where: Where, limitMs: number, facts: Problem['facts'] = {}): Problem =>
  problem('CONNECTION_TIMED_OUT', { ...where, limit: Math.round(limitMs), ...facts });

/** `ECONNRESET`, `ERR_SSL_WRONG_VERSION_NUMBER`; the message of an error that has no code. */
export const errorCode = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : error.message);
