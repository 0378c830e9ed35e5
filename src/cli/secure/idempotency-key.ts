/** The same intent gives the same key, on every machine: a command that is repeated, or run twice at once, does it once. */
import { createHash } from 'node:crypto';

export const idempotencyKey = (...intent: readonly (string | number)[]): string =>
  `cli:${createHash('sha256').update(JSON.stringify(intent)).digest('base64url')}`;
