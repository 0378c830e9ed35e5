/**
 * A word with a running HAProxy over its stats socket: one connection, one command, one answer. What is sent is checked here, whoever sends it: a
 * line break or a semicolon would begin another command.
 */
import { exchangeOverSocket } from '../../../hosts/local/socket-exchange.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, type Result } from '../../../../values/result.js';
import type { Secret } from '../../../../values/secret.js';

export type Command = {
  /** Words of printable ASCII, without a space or one of `;<>\`. */
  readonly words: readonly string[];
  /** Lines behind it, none of them empty. */
  readonly payload?: string | Secret;
};

export type RuntimeSocket = (command: Command) => Promise<Result<string>>;

/** A list of 10,000 sites has two million octets. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** HAProxy resets the connection for a command that is larger than its buffer (`tune.bufsize`, 16,384 unless it is set). */
export const MAX_PAYLOAD_BYTES = 15_000;

/** As `exchangeOverSocket`; INVALID_INPUT for what must not be sent. */
export const runtimeSocket =
  (path: string, timeoutMs: number): RuntimeSocket =>
  (command) => {
    const text = spell(command);
    if (text === undefined) return Promise.resolve(err(problem('INVALID_INPUT', { detail: 'no command of HAProxy, or too long for it' })));
    return exchangeOverSocket({ path, text, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES });
  };

/** Undefined for what must not be sent. */
function spell({ words, payload }: Command): string | undefined {
  if (words.length === 0 || !words.every((word) => /^[!-~]+$/.test(word) && !/[;<>\\]/.test(word))) return undefined;
  const line = words.join(' ');
  if (payload === undefined) return line.length < 8000 ? `${line}\n` : undefined;
  const text = typeof payload === 'string' ? payload : payload.revealText();
  const lines = text.split('\n');
  if (lines.some((each) => each.trim() === '') || Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) return undefined;
  return `${line} <<\n${text}\n\n`;
}
