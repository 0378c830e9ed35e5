/** Why TLS came to nothing: the server's alert, bytes that are no TLS, or a connection that ended. */
import { alertName } from '../../../cores/tls/registry/alerts.js';
import { type Problem, problem } from '../../../values/problems/problem.js';
import { errorCode, type Where } from './connection-problem.js';

/** `step`: how far the handshake came. */
export function tlsProblem(error: Error, where: Where, step: string): Problem {
  const alert = alertIn(error);
  if (alert !== undefined) return problem('TLS_ALERT', { ...where, step, alert: alertName(alert) });
  if (CLOSED.has(errorCode(error))) return closedEarly(where, step);
  return problem('TLS_PROTOCOL_ERROR', { ...where, step, detail: opensslReason(error) });
}

export const closedEarly = (where: Where, step: string): Problem =>
  problem('CONNECTION_CLOSED', { ...where, step, detail: `in the middle of the handshake, after ${step}` });

const CLOSED: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_WRITE_AFTER_END']);

/** OpenSSL's words for an alert that it received, also where it came encrypted: `...:SSL alert number 112`. */
function alertIn(error: Error): number | undefined {
  const match = /SSL alert number (\d{1,3})/.exec(error.message);
  return match ? Number(match[1]) : undefined;
}

/** `unsupported protocol`; Node's own message where OpenSSL has not spoken. */
const opensslReason = (error: Error): string =>
  'reason' in error && typeof error.reason === 'string' ? error.reason : error.message.slice(0, 200);
