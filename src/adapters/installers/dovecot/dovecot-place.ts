/** Where a Dovecot is, and where we keep what it serves for us. Checked once: later code writes these into configuration as they are. */
import { isPlainPath } from '../../../values/plain-path.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type DovecotPlace = {
  /** The program. */
  readonly binary: string;
  /** The configuration that it is started with, usually somebody else's. */
  readonly mainConfiguration: string;
  /** Our tree. */
  readonly tree: string;
};

/** INVALID_INPUT for a path that is not absolute, or has characters that mean something to Dovecot. */
export function parseDovecotPlace(place: DovecotPlace): Result<DovecotPlace> {
  for (const [what, path] of Object.entries(place)) {
    if (!isPlainPath(path)) return err(problem('INVALID_INPUT', { detail: `${what} is not a plain absolute path` }));
  }
  return ok(place);
}

export const currentConfiguration = ({ tree }: Pick<DovecotPlace, 'tree'>): string => `${tree}/current.conf`;
