/**
 * A path inside a host's tree: `certificates/ab12.pem`. Relative, without `.` and `..`, hidden names or anything that a configuration
 * language or a shell could read as more than a name. Hidden names are the host's own, for what is not finished.
 */
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';

declare const brand: unique symbol;
export type HostPath = string & { readonly [brand]: 'HostPath' };

/** NAME_MAX is 255 octets on Linux; a host name has 253. */
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}$/;
const MAX_SEGMENTS = 8;

export function parseHostPath(text: string): Result<HostPath> {
  const segments = text.split('/');
  const good = segments.length <= MAX_SEGMENTS && segments.every((segment) => SEGMENT.test(segment));
  return good ? ok(text as HostPath) : err(problem('INVALID_INPUT', { detail: 'a path that is not inside the tree' }));
}

/** For paths that are made of constants and of values that are names already; a bug otherwise. */
export function hostPath(...segments: readonly string[]): HostPath {
  const path = parseHostPath(segments.join('/'));
  if (!path.ok) throw new Error(`not a path in a tree: ${segments.join('/').slice(0, 200)}`);
  return path.value;
}
