/**
 * Structured logs, one JSON object a line. A Secret prints as `[secret]` wherever it stands; errors are reduced to what helps
 * (name, message, stack), since drivers hang whole requests and connection strings onto them.
 */
import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
/** Nest token. */
export const LOG = Symbol('Log');

/** `redact`: keys whose values never belong into a log, as a second fence behind `Secret`. */
const REDACTED = ['authorization', 'cookie', 'password', 'token', 'key', 'secret', 'connectionString'].flatMap((name) => [
  name,
  `*.${name}`,
]);

export function createLog(destination: DestinationStream, level = 'info'): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[secret]' },
      serializers: { error: describeError, err: describeError },
    },
    destination,
  );
}

/** The queue tells of copies of errors, which are none themselves. */
function describeError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return withoutPasswords(String(error));
  const { name, message, code, stack } = error as { readonly [key in 'name' | 'message' | 'code' | 'stack']?: unknown };
  return {
    ...(typeof name === 'string' && { name }),
    message: withoutPasswords(String(message)),
    ...(typeof code === 'string' && { code }),
    stack: withoutPasswords(String(stack ?? '')),
  };
}

/** `postgresql://user:password@host` in a driver's message. */
const withoutPasswords = (text: string): string => text.replace(/:\/\/([^:@/\s]+):[^@/\s]+@/g, '://$1:[secret]@');
