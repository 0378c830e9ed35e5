/**
 * What is shown to CAs: a map that HAProxy holds in its memory and reads from `challenges.map` at a start, from host and path to the body. What a
 * body says means nothing to HAProxy: it is in base64. HAProxy writes no line break that comes out of a map, so a body is kept line by
 * line, behind a mark that says how many there are and how they end. Pure.
 */
import { hostPath } from '../../hosts/host-path.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { MAX_BODY, MAX_NAMES, type Challenge } from '../generations/challenges.js';

export const CHALLENGE_MAP = hostPath('challenges.map');
/** A map with as much in it as the tree's own limit for a file. */
const MAX_MAP_BYTES = 4 * 1024 * 1024;
/** What CAs ask for has one line (RFC 8555 8.3) or three (a hash, a name and a nonce). */
const MAX_LINES = 8;

const ENDS = [
  { letter: 'n', end: '\n', spelled: '\\n' },
  { letter: 'r', end: '\r\n', spelled: '\\r\\n' },
] as const;

/** `mark`: of a body's lines. `format`: how HAProxy puts them together again. */
export const BODY_FORMS: readonly { readonly mark: string; readonly format: string }[] = ENDS.flatMap(({ letter, spelled }) =>
  Array.from({ length: MAX_LINES }, (_, index) => ({
    mark: `${index + 1}${letter}`,
    format: Array.from({ length: index + 1 }, (__, line) => `%[var(txn.body),field(${line + 2},|),b64dec]`).join(spelled),
  })).filter(({ mark }) => mark !== '1r'),
);

export const challengeKey = ({ name, kind, token }: Challenge): string => `${name}/.well-known/${kind}/${token}`;

/** INVALID_INPUT for a body that HAProxy cannot show octet for octet, TOO_LARGE above 4,096 octets. */
export function challengeValue(body: string): Result<string> {
  if (Buffer.byteLength(body) > MAX_BODY) return err(problem('TOO_LARGE', { limit: MAX_BODY, unit: 'bytes' }));
  const { letter, end } = ENDS.find((each) => each.letter === 'r' && body.includes(each.end)) ?? ENDS[0];
  const lines = body.split(end);
  const odd = lines.length > MAX_LINES || lines.some((line) => /[\u0000-\u0008\u000a-\u001f\u007f]/.test(line));
  if (odd)
    return err(problem('INVALID_INPUT', { detail: `body: HAProxy shows up to ${MAX_LINES} lines of text, without control characters` }));
  return ok(`${lines.length}${letter}|${lines.map((line) => Buffer.from(line).toString('base64')).join('|')}`);
}

/** CHALLENGE_LIMIT_REACHED. */
export function withChallenge(map: string, key: string, value: string): Result<string> {
  const others = withoutChallenge(map, key);
  const after = `${others}${key} ${value}\n`;
  const isFull = others.split('\n').length > MAX_NAMES || after.length > MAX_MAP_BYTES;
  return isFull ? err(problem('CHALLENGE_LIMIT_REACHED', { limit: MAX_NAMES })) : ok(after);
}

export const withoutChallenge = (map: string, key: string): string =>
  map
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(`${key} `))
    .map((line) => `${line}\n`)
    .join('');

export const CHALLENGE_KEY = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\/\.well-known\/(acme-challenge|pki-validation)\/[A-Za-z0-9_-]{1,128}$/;
export const CHALLENGE_VALUE = /^[1-8][nr](\|[A-Za-z0-9+/=]*){1,8}$/;
